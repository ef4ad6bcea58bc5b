// Runs beside a card in its frame: tells the page around it what happens, and does what it asks.
(function () {
  "use strict";
  var troubles = [];
  var tell = function (message) { if (window.parent !== window) window.parent.postMessage(message, "*"); };

  // What cards may call in Anki.
  window.pycmd = window.bridgeCommand = function () {};

  // Anki would hide what is wrong with a formula.
  if (window.MathJax) window.MathJax.tex.formatError = function (jax, error) {
    troubles.push({ kind: "formula", text: jax.latex, message: error.message });
    return jax.formatError(error);
  };

  window.addEventListener("error", function (event) {
    if (event.message) troubles.push({ kind: "script", text: "", message: event.message });
  });

  // Hints are details, or the links of Anki's filter `hint`, each of which hides itself.
  var hints = function () { return Array.prototype.slice.call(document.querySelectorAll("details.hint, a.hint")); };
  var isOpen = function (hint) { return hint.localName === "details" ? hint.open : hint.style.display === "none"; };
  var open = function (hint, wanted) {
    if (isOpen(hint) === wanted) return;
    if (hint.localName === "details") hint.open = wanted;
    else if (wanted) hint.click();
    else {
      hint.style.display = "";
      if (hint.nextElementSibling) hint.nextElementSibling.style.display = "none";
    }
  };
  var opened = function () { return hints().filter(isOpen).length; };
  var tellHints = function () { tell({ type: "hints", open: opened(), count: hints().length }); };

  window.addEventListener("message", function (event) {
    if (event.source !== window.parent) return;
    if (event.data.type === "hints") {
      hints().forEach(function (hint, number) { open(hint, number < event.data.open); });
      var last = hints()[event.data.open - 1];
      // Not scrollIntoView: it would scroll the page around the frame, too, four times.
      if (last && event.data.show) window.scrollBy(0, Math.max(0, last.getBoundingClientRect().bottom - window.innerHeight + 16));
    }
    if (event.data.type === "scroll") window.scrollTo(0, event.data.top);
  });
  document.addEventListener("toggle", tellHints, true);

  // A phone has no mouse, whatever the screen has on which it is looked at; and a desktop has one.
  var pointed = function (rules, phone) {
    Array.prototype.forEach.call(rules, function (rule) {
      if (rule.media) rule.media.mediaText = rule.media.mediaText.replace(/\((any-)?(hover|pointer): *(\w+)\)/g, function (_, any, what, value) {
        return (value === "none" || value === "coarse") === phone ? "(min-width: 0)" : "(max-width: 0)";
      });
      if (rule.cssRules) pointed(rule.cssRules, phone);
    });
  };

  var KEYS = [" ", "/", "?", "1", "2", "3", "4", "Escape", "h", "j", "k", "H", "J", "K"];
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (/^(input|textarea|select)$/i.test(event.target.tagName) || event.target.isContentEditable) return;
    // A button or link that has the keyboard is meant, and not the card.
    if (event.key === " " && /^(a|button|summary)$/i.test(event.target.tagName)) return;
    if (KEYS.indexOf(event.key) < 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    tell({ type: "key", key: event.key });
  }, true);

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href]");
    if (!link) return;
    if (link.dataset.sound) new Audio(link.dataset.sound).play();
    else if (link.dataset.speech && window.speechSynthesis) {
      var speech = new SpeechSynthesisUtterance(link.dataset.speech);
      speech.lang = link.dataset.lang;
      window.speechSynthesis.speak(speech);
    } else if (link.classList.contains("hint")) setTimeout(tellHints);
    else if (link.getAttribute("href").charAt(0) !== "#") tell({ type: "link", href: link.href });
    if (link.getAttribute("href").charAt(0) === "#" && !link.dataset.sound && link.hash.length > 1) return;
    event.preventDefault();
  });

  var measure = function () {
    var page = document.scrollingElement;
    tell({
      type: "measured",
      height: Math.ceil(document.documentElement.getBoundingClientRect().height),
      sideways: page.clientWidth > 0 && page.scrollWidth > page.clientWidth,
    });
  };

  var waiting = false;
  window.addEventListener("scroll", function () {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(function () { waiting = false; tell({ type: "scroll", top: window.scrollY }); });
  });

  // Drawn formulas lie on the line by their own style, which is lost in the boxes that cards put them into.
  var level = function () {
    document.querySelectorAll('mjx-container[jax="SVG"]:not([display])').forEach(function (box) {
      box.style.verticalAlign = box.querySelector("svg").style.verticalAlign;
    });
  };
  var typeset = function () {
    if (!window.MathJax) return Promise.resolve();
    return new Promise(function (done) {
      (function wait() {
        if (!window.MathJax.startup || !window.MathJax.startup.promise) return setTimeout(wait, 10);
        window.MathJax.startup.promise.then(function () {
          return window.MathJax.typesetPromise([document.getElementById("qa")]);
        }).then(level).then(done, done);
      })();
    });
  };
  // MathJax passes over a formula whose braces do not pair, and it stays as it is written.
  var untouched = function () {
    var texts = document.createTreeWalker(document.getElementById("qa"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      var text = texts.currentNode;
      var found = /\\[([].*/.exec(text.data);
      if (found && !text.parentElement.closest("pre, code, script, style, textarea"))
        troubles.push({ kind: "formula", text: found[0].slice(0, 200), message: "its braces do not pair, or it never ends" });
    }
  };
  var loaded = function (picture) {
    if (picture.complete) return Promise.resolve();
    return new Promise(function (done) { picture.onload = picture.onerror = done; });
  };

  document.addEventListener("DOMContentLoaded", function () {
    var phone = document.documentElement.classList.contains("mobile");
    Array.prototype.forEach.call(document.querySelectorAll("style"), function (style) { pointed(style.sheet.cssRules, phone); });
    var pictures = Array.prototype.slice.call(document.images);
    Promise.all([typeset()].concat(pictures.map(loaded))).then(function () {
      if (window.MathJax) untouched();
      pictures.forEach(function (picture) {
        if (!picture.naturalWidth) troubles.push({ kind: "picture", text: picture.getAttribute("src"), message: "it does not load" });
      });
      tell({
        type: "ready",
        hints: hints().length,
        formulas: document.querySelectorAll("mjx-container").length,
        troubles: troubles,
      });
      // A frame gets its size late, and changes it with its window and with every hint.
      new ResizeObserver(measure).observe(document.documentElement);
      window.addEventListener("resize", measure);
    });
  });
})();
