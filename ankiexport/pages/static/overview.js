// All questions and facts: searched, by level, tag and kind.
"use strict";
(function () {
  const { h, plural } = preview;
  const MORE = 200;

  preview.filterOf = (parameters) => ({
    q: parameters.get("q") || "", level: parameters.get("level") || "", tag: parameters.get("tag") || "",
    kind: parameters.get("kind") || "", problems: parameters.get("problems") || "",
  });

  preview.Overview = class {
    name = "overview";
    limit = MORE;

    constructor(parameters) {
      this.filter = preview.filterOf(parameters);
      this.main = h("main.overview", { id: "main", tabindex: "-1" });
    }

    async update() {
      const asked = JSON.stringify(this.filter);
      const found = await preview.source.list(this.filter, 0, this.limit);
      // An answer that comes late must not replace one to a newer question.
      if (asked !== JSON.stringify(this.filter)) return;
      preview.replace(this.main, h("h1.hidden", {}, "All questions"), this.search(found), this.side(found), this.list(found));
    }

    search(found) {
      return h("form.search", { role: "search", onsubmit: (event) => this.submitted(event) },
        h("label.hidden", { for: "q" }, "Search"),
        h("input", {
          type: "search", id: "q", name: "q", value: this.filter.q, "data-key": "search", autocomplete: "off", spellcheck: "false",
          placeholder: "Search as in Anki: words, \"a phrase\", tag:x, -word", "aria-invalid": found.wrong ? "true" : null,
          "aria-describedby": found.wrong ? "wrong" : null, oninput: (event) => this.typed(event.target.value),
        }),
        h("p.found", { role: "status" }, found.wrong ? "" : plural(found.total, "note")),
        found.total ? h("a.main.button", { href: preview.link("practice", this.filter), "data-key": "practise" }, "Practise these") : null,
        found.wrong ? h("p.wrong", { id: "wrong", role: "alert" }, h("code", {}, this.filter.q.slice(found.wrong.start, found.wrong.end)), " ",
          [found.wrong.message, found.wrong.advice].filter(Boolean).join(": ")) : null);
    }

    side(found) {
      const { filter } = this;
      const wide = window.innerWidth > 900;
      const shown = this.main.querySelector("details.side");
      const chosen = [filter.level, filter.kind, filter.tag, filter.problems].filter(Boolean).length;
      return h("details.side", { open: wide || Boolean(shown?.open) },
        h("summary", { "data-key": "filters" }, chosen ? `Filters (${chosen})` : "Filters"),
        this.choices("Levels", "level", [["", "All levels", null], ...found.levels.map((level) => [level.key, level.name, level.count])]),
        this.choices("Kind", "kind", [["", "Everything", null], ["question", "Questions", null], ["fact", "Facts", null]]),
        preview.source.isLive ? this.choices("Problems", "problems", [["", "With and without", null], ["1", "Only with problems", null]]) : null,
        found.searches.length ? this.choices("Named searches", "q", found.searches.map(({ name, query }) => [query, name, null])) : null,
        found.tags.length ? h("details.tags", { open: wide || Boolean(filter.tag) }, h("summary", { "data-key": "tags" }, "Tags"),
          this.choices("", "tag", [["", "Any tag", null], ...found.tags.map(({ tag, count }) => [tag, tag, count])])) : null);
    }

    choices(name, key, values) {
      return h("div.choices", {},
        name ? h("h2", {}, name) : null,
        h("ul", {}, values.map(([value, text, count]) => h("li", {},
          h("a", {
            href: preview.link("", { ...this.filter, [key]: value }), "data-key": `${key}-${value}`,
            "aria-current": this.filter[key] === value && "true",
          }, h("span", {}, text), count === null ? null : h("span.number", {}, count.toLocaleString("en")))))));
    }

    list(found) {
      if (found.wrong) return null;
      if (!found.rows.length) return h("p.nothing", {}, this.filter.q || this.filter.level || this.filter.tag || this.filter.kind || this.filter.problems
        ? "Nothing is found. Fewer words find more." : "The bank has no question that can be shown yet.");
      const names = Object.fromEntries(found.levels.map((level) => [level.key, level.name]));
      return h("section.list", { "aria-label": "Questions" },
        h("ol", {}, found.rows.map((row) => this.row(row, names))),
        found.total > found.rows.length ? h("button.main", {
          type: "button", "data-key": "more", onclick: () => { this.limit += MORE; this.update(); },
        }, `Show more of ${plural(found.total, "note")}`) : null);
    }

    row(row, names) {
      const badge = row.errors ? h("span.count.error", {}, plural(row.errors, "error"))
        : row.warnings ? h("span.count.warning", {}, plural(row.warnings, "warning")) : null;
      return h("li", {},
        h("a.row", { href: preview.link(`card/${encodeURIComponent(row.id)}`, this.filter), "data-key": `row-${row.id}` },
          h("span.name", { dir: "auto" }, row.title),
          h("span.about", {}, h("span", {}, names[row.level] || row.level), row.fact ? h("span", {}, "Fact") : null, h("span.key", {}, row.id), badge)));
    }

    typed(text) {
      this.filter.q = text;
      this.limit = MORE;
      history.replaceState(null, "", preview.link("", this.filter));
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.update(), 120);
    }

    submitted(event) {
      event.preventDefault();
      this.main.querySelector("a.row")?.focus();
    }

    key(key) {
      if (key === "/") this.main.querySelector("#q")?.focus();
      if (key !== "j" && key !== "k") return key === "/";
      const rows = [...this.main.querySelectorAll("a.row")];
      const at = rows.indexOf(document.activeElement) + (key === "j" ? 1 : -1);
      rows[Math.max(0, Math.min(rows.length - 1, at))]?.focus();
      return true;
    }
  };
})();
