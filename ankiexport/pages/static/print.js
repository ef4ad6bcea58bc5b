// Typesets the formulas of cards in their shadow roots, which MathJax does not look into by itself.
"use strict";
document.addEventListener("DOMContentLoaded", async () => {
  while (!window.MathJax.startup?.promise) await new Promise((done) => setTimeout(done, 20));
  await window.MathJax.startup.promise;
  for (const article of document.querySelectorAll("article")) {
    const card = article.shadowRoot?.querySelector(".card");
    if (!card || !/\\[([]/.test(card.textContent)) continue;
    await window.MathJax.typesetPromise([card]);
    // As in frame.js.
    for (const box of card.querySelectorAll("mjx-container:not([display])")) box.style.verticalAlign = box.querySelector("svg").style.verticalAlign;
    card.before(document.getElementById("MJX-SVG-styles").cloneNode(true));
  }
  document.documentElement.dataset.ready = "yes";
});
