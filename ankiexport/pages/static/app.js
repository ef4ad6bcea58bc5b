// The application: which page is shown, what the keys do, and what happens when the bank changes.
"use strict";
(function () {
  const { h } = preview;
  const app = document.getElementById("app");
  const bar = h("div");
  const said = h("p", { id: "said", role: "status", class: "said" });
  const toast = h("p", { id: "toast", role: "status" });
  const place = h("div.page");
  app.append(bar, said, place, toast);
  let status = null;
  let page = null;

  preview.Problems = class {
    name = "problems";
    main = h("main.list-of-problems", { id: "main", tabindex: "-1" });

    async update() {
      const found = await preview.source.problems();
      preview.replace(this.main, h("h1", {}, "Problems"),
        found.total ? preview.problems(found.problems, { withCard: true }) : h("p.nothing", {}, "Nothing is wrong."),
        found.total > found.problems.length ? h("p", {}, `These are the first ${found.problems.length} of ${found.total}. All of them: ankiexport check`) : null);
    }
  };

  preview.Source = class {
    name = "source";

    constructor(parameters) {
      this.path = parameters.get("path") || "";
      this.line = Number(parameters.get("line"));
      this.main = h("main.source", { id: "main", tabindex: "-1" });
    }

    async update() {
      const file = await preview.source.file(this.path);
      const first = !this.main.firstChild;
      preview.replace(this.main, h("h1", {}, this.path),
        file ? h("pre.code", { tabindex: "0", "aria-label": "Source" }, file.lines.map((text, number) =>
          h("span", { class: number + 1 === this.line ? "line here" : "line" }, h("span.number", {}, String(number + 1)), `${text}\n`)))
          : h("p.nothing", {}, "This file is not one of the bank's."));
      if (first) this.main.querySelector(".here")?.scrollIntoView({ block: "center" });
    }

    key(key) {
      if (key === "Escape") history.back();
      return key === "Escape";
    }
  };

  function route() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    const parameters = new URLSearchParams(query || "");
    if (path.startsWith("card/")) return new preview.CardPage(decodeURIComponent(path.slice(5)), parameters);
    if (path === "practice") return new preview.Practice(parameters);
    if (path === "problems") return new preview.Problems();
    if (path === "source") return new preview.Source(parameters);
    return new preview.Overview(parameters);
  }

  async function navigate() {
    const sameList = page?.name === "overview";
    page?.close?.();
    page = route();
    place.replaceChildren(page.main);
    describe();
    await page.update();
    if (preview.searchNext) {
      preview.searchNext = false;
      page.key?.("/");
    } else if (!sameList || page.name !== "overview") {
      page.main.focus({ preventScroll: true });
      if (page.name !== "source") window.scrollTo(0, 0);
    }
  }

  function describe() {
    if (!status) return;
    preview.replace(bar, preview.bar(status, page?.name));
    document.title = `${status.title || "Preview"} · ankiexport`;
  }

  // What has been told already, as when the connection comes back, changes nothing.
  function tell(news) {
    said.textContent = preview.said(news);
    said.classList.toggle("bad", !news || news.stale.length > 0);
    if (!news || JSON.stringify(news) === JSON.stringify(status)) return;
    status = news;
    describe();
    page?.update();
  }

  preview.pressed = (key) => {
    const small = key.length === 1 ? key.toLowerCase() : key;
    if (small === "?") { preview.help(); return true; }
    if (page?.key?.(small)) return true;
    if (small === "/") { preview.searchNext = true; location.hash = "#/"; return true; }
    if (small === "Escape" && page?.name !== "overview") { location.hash = "#/"; return true; }
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (/^(input|textarea|select)$/i.test(target.tagName)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (event.key === " " && /^(a|button|summary)$/i.test(target.tagName)) return;
    if (preview.pressed(event.key)) event.preventDefault();
  });
  window.addEventListener("hashchange", navigate);

  preview.source.status().then((found) => {
    status = found;
    navigate().then(() => preview.source.listen(tell));
  });
})();
