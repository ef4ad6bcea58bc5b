// A mock interview: some questions against the clock, graded by oneself.
"use strict";
(function () {
  const { h, plural } = preview;
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

  preview.Practice = class {
    name = "practice";
    chosen = { count: "5", order: "random", seconds: "120" };

    constructor(parameters) {
      this.filter = preview.filterOf(parameters);
      if (!parameters.get("kind")) this.filter.kind = "question";
      this.main = h("main.practice", { id: "main", tabindex: "-1" });
      this.state = "setup";
    }

    async update() {
      if (this.state === "setup") await this.setUp();
      else if (this.state === "asking") await this.refresh();
    }

    async setUp() {
      const found = await preview.source.list(this.filter, 0, 1);
      const { chosen } = this;
      const choice = (name, values) => h("select", { name, "data-key": name },
        values.map(([value, text]) => h("option", { value, selected: chosen[name] === value }, text)));
      const level = (key, name, count) => h("option", { value: key, selected: this.filter.level === key }, count === null ? name : `${name} (${count})`);
      preview.replace(this.main,
        h("h1", {}, "Practise"),
        h("p", {}, "Answer aloud, as in an interview. Open hints when you need them, then compare and grade yourself."),
        h("form.setup", { onsubmit: (event) => this.begin(event), onchange: (event) => { chosen[event.target.name] = event.target.value; } },
          h("label", {}, "Level", h("select", { name: "level", "data-key": "level", onchange: (event) => { this.filter.level = event.target.value; this.setUp(); } },
            level("", "All levels", null), found.levels.map(({ key, name, count }) => level(key, name, count)))),
          h("label", {}, "What", h("select", { name: "kind", "data-key": "kind", onchange: (event) => { this.filter.kind = event.target.value; this.setUp(); } },
            ["question", "fact", ""].map((kind) => h("option", { value: kind, selected: this.filter.kind === kind }, { question: "Questions", fact: "Facts", "": "Questions and facts" }[kind])))),
          h("label", {}, "How many", h("input", { type: "number", name: "count", min: "1", max: "500", value: chosen.count, required: true, "data-key": "count" })),
          h("label", {}, "Order", choice("order", [["random", "Random"], ["bank", "As in the bank"]])),
          h("label", {}, "Time for each", choice("seconds",
            [["0", "No limit"], ["60", "1 minute"], ["120", "2 minutes"], ["180", "3 minutes"], ["300", "5 minutes"]])),
          h("p.found", { role: "status" }, `${plural(found.total, "note")} to choose from`),
          this.filter.q || this.filter.tag ? h("p", {}, "Chosen by: ", h("code", {}, [this.filter.q, this.filter.tag && `tag:${this.filter.tag}`].filter(Boolean).join(" "))) : null,
          h("button.main", { type: "submit", disabled: !found.total, "data-key": "begin" }, "Begin")));
    }

    async begin(event) {
      event.preventDefault();
      const { count, order, seconds } = this.chosen;
      const ids = await preview.source.ids(this.filter);
      if (order === "random") shuffle(ids);
      this.queue = ids.slice(0, Number(count));
      this.limit = Number(seconds);
      this.results = [];
      this.at = 0;
      this.state = "asking";
      this.started = Date.now();
      this.build();
      await this.ask();
    }

    build() {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const phone = window.innerWidth < 700;
      const form = preview.FORMS.find((candidate) => candidate.dark === dark && candidate.phone === phone);
      this.device = phone ? "android" : "windows";
      this.frame = new preview.Frame(form, {
        ready: (message) => { this.hints = message.hints; this.describe(); },
        hints: (message) => { this.opened = Math.max(this.opened, message.open); this.frame.open = message.open; this.describe(); },
        key: (message) => preview.pressed(message.key),
        link: (message) => preview.toast(`The card links to ${message.href}`),
      });
      this.head = h("div.head");
      this.tools = h("div.tools");
      this.timer = h("span.timer", { role: "timer", "aria-live": "off" });
      preview.replace(this.main, this.head, h("div.forms.single", {}, this.frame.element), this.tools);
      this.interval = setInterval(() => this.tick(), 250);
    }

    async ask() {
      this.card = await preview.source.card(this.queue[this.at], this.filter);
      if (!this.card || !this.card.cards.length) return this.after();
      this.ord = this.card.cards[Math.floor(Math.random() * this.card.cards.length)].ord;
      this.side = "front";
      this.opened = this.hints = this.frame.open = 0;
      this.asked = Date.now();
      this.frame.show(this.card, { ord: this.ord, side: "front", device: this.device });
      this.describe();
    }

    async refresh() {
      const card = await preview.source.card(this.card.id, this.filter);
      if (!card || card.revision === this.card.revision) return;
      this.card = card;
      this.frame.show(card, { ord: this.ord, side: this.side, device: this.device });
    }

    describe() {
      if (this.state !== "asking") return;
      preview.replace(this.head,
        h("h1", {}, `Question ${this.at + 1} of ${this.queue.length}`), this.timer,
        h("button.quiet", { type: "button", "data-key": "end", onclick: () => this.finish() }, "End"));
      preview.replace(this.tools, this.side === "front"
        ? [this.hints ? h("button", { type: "button", "data-key": "hint", disabled: this.frame.open >= this.hints, onclick: () => this.key("h") },
            `Hint ${Math.min(this.frame.open + 1, this.hints)} of ${this.hints}`, h("kbd", {}, "h")) : null,
          h("button.main", { type: "button", "data-key": "flip", onclick: () => this.key(" ") }, "Show answer", h("kbd", {}, "Space"))]
        : preview.GRADES.map((name, number) => h("button", { type: "button", class: `grade grade-${number + 1}`, "data-key": `grade-${number}`, onclick: () => this.grade(number) },
            name, h("kbd", {}, String(number + 1)))));
      this.tick();
    }

    tick() {
      if (!this.asked || this.side === "back") return;
      const seconds = (Date.now() - this.asked) / 1000;
      const left = this.limit - seconds;
      this.timer.textContent = this.limit ? (left >= 0 ? clock(Math.ceil(left)) : `${clock(-left)} over`) : clock(seconds);
      this.timer.classList.toggle("over", Boolean(this.limit) && left < 0);
    }

    key(key) {
      if (this.state !== "asking") return false;
      if (key === " " && this.side === "front") this.flip();
      else if (key === "h" && this.side === "front") this.frame.openHints(this.frame.open >= this.hints ? 0 : this.frame.open + 1, true);
      else if ("1234".includes(key) && this.side === "back") this.grade(key - 1);
      else if (key === "Escape") this.finish();
      else return key === " ";
      this.opened = Math.max(this.opened, this.frame.open);
      this.describe();
      return true;
    }

    flip() {
      this.taken = (Date.now() - this.asked) / 1000;
      this.side = "back";
      this.frame.open = 0;
      this.frame.show(this.card, { ord: this.ord, side: "back", device: this.device });
    }

    grade(number) {
      this.results.push({ id: this.card.id, title: this.card.title, grade: number, seconds: this.taken, hints: this.opened });
      this.after();
    }

    after() {
      this.at += 1;
      if (this.at < this.queue.length) this.ask();
      else this.finish();
    }

    finish() {
      clearInterval(this.interval);
      this.frame.close();
      this.state = "done";
      const { results } = this;
      const total = results.reduce((sum, result) => sum + result.seconds, 0);
      preview.replace(this.main,
        h("h1", { tabindex: "-1", "data-key": "done" }, results.length ? "How it went" : "Nothing was answered"),
        results.length ? [
          h("ul.sums", {}, preview.GRADES.map((name, grade) => h("li", { class: `grade-${grade + 1}` },
            h("strong", {}, String(results.filter((result) => result.grade === grade).length)), name))),
          h("p", {}, `${plural(results.length, "question")} in ${clock(total)}, ${clock(total / results.length)} for each.`),
          h("div.scroll", { tabindex: "0" }, h("table", {},
            h("thead", {}, h("tr", {}, ["Question", "Grade", "Hints", "Time"].map((name) => h("th", { scope: "col" }, name)))),
            h("tbody", {}, results.map((result) => h("tr", {},
              h("td", { dir: "auto" }, h("a", { href: preview.link(`card/${encodeURIComponent(result.id)}`) }, result.title)),
              h("td", { class: `grade-${result.grade + 1}` }, preview.GRADES[result.grade]),
              h("td", {}, String(result.hints)), h("td", {}, clock(result.seconds))))))),
        ] : null,
        h("p.after", {}, h("button.main", { type: "button", onclick: () => { this.state = "setup"; this.setUp(); } }, "Practise again")));
      this.main.querySelector("h1").focus();
    }

    close() {
      clearInterval(this.interval);
      this.frame?.close();
    }
  };

  function shuffle(list) {
    for (let at = list.length - 1; at > 0; at -= 1) {
      const other = Math.floor(Math.random() * (at + 1));
      [list[at], list[other]] = [list[other], list[at]];
    }
  }
})();
