// One note: its cards in four forms, front, hints one by one, back, and what is wrong with it.
"use strict";
(function () {
  const { h, icon } = preview;
  const STORED = "ankiexport-preview";
  const GRADES = ["Again", "Hard", "Good", "Easy"];
  preview.GRADES = GRADES;

  // On a narrow screen a desktop would be no larger than a phone.
  const first = preview.FORMS.filter((form) => form.phone || window.innerWidth > 640).map((form) => form.key);
  // No forms stand for the first ones, so that those of a narrow screen are not kept for a wide one.
  const settings = Object.assign({ desktop: "windows", phone: "iphone", forms: null, tall: false, problems: true }, stored());
  const shown = () => settings.forms || first;
  function stored() {
    try { return JSON.parse(localStorage.getItem(STORED)) || {}; } catch { return {}; }
  }
  function store() {
    try { localStorage.setItem(STORED, JSON.stringify(settings)); } catch { /* It is only for comfort. */ }
  }

  preview.CardPage = class {
    name = "card";
    step = 0; // 0 the front, then one for each hint, and last the back
    hints = 0;

    constructor(id, parameters) {
      this.id = id;
      this.filter = preview.filterOf(parameters);
      this.ord = Number(parameters.get("card") || 0) - 1;
      this.troubles = new Map();
      this.head = h("div.head");
      this.about = h("div.describing");
      this.tools = h("div.tools", { role: "toolbar", "aria-label": "What to show" });
      const listeners = {
        ready: (message, frame) => this.ready(message, frame),
        measured: () => this.measured(),
        hints: (message, frame) => this.hintsOpened(message, frame),
        key: (message) => preview.pressed(message.key),
        link: (message) => preview.toast(`The card links to ${message.href}`),
        late: (_, frame) => this.late(frame),
      };
      this.frames = preview.FORMS.map((form) => new preview.Frame(form, listeners));
      this.grid = h("div.forms", {}, this.frames.map((frame) => frame.element));
      this.main = h("main.card", { id: "main", tabindex: "-1" }, this.head, this.about, this.tools, this.grid);
    }

    async update() {
      const card = await preview.source.card(this.id, this.filter);
      if (!card) return this.missing();
      const changed = !this.card || this.card.revision !== card.revision;
      this.card = card;
      if (!card.cards.some(({ ord }) => ord === this.ord)) this.ord = card.cards[0]?.ord ?? 0;
      this.describe();
      if (changed) this.show();
    }

    missing() {
      preview.replace(this.head, h("h1", {}, "This card is not in the bank"), h("p", {}, h("a", { href: "#/" }, "All questions")));
      for (const part of [this.about, this.tools]) preview.replace(part);
      this.grid.hidden = true;
    }

    describe() {
      const { card } = this;
      this.grid.hidden = !card.cards.length;
      const at = card.index < 0 ? "" : `${card.index + 1} of ${card.total}`;
      preview.replace(this.head,
        h("nav.steps", { "aria-label": "Cards" },
          h("a.quiet.button", { href: preview.link("", this.filter), "data-key": "all" }, icon("back"), "All questions"),
          h("span.at", {}, at),
          this.neighbour("previous", "left", "Previous card (k)"),
          this.neighbour("next", "right", "Next card (j)")),
        h("h1", { dir: "auto" }, card.title));
      const found = [...(card.problems || []), ...this.seen()];
      preview.replace(this.about,
        h("p.facts", {},
          h("span", {}, card.levelName), card.fact ? h("span", {}, "Fact") : null, h("span.key", {}, card.key),
          card.place ? preview.place(card.place, "card") : null),
        preview.chips(card.tags),
        card.stale ? h("p.notice", {}, "The file cannot be read as it is. This is the card as it was.") : null,
        found.length ? h("details.found", { open: settings.problems, ontoggle: (event) => { settings.problems = event.target.open; store(); } },
          h("summary", { "data-key": "problems" }, preview.plural(found.length, "problem")),
          found.length > 1 ? h("div.several", { tabindex: "0", role: "group", "aria-label": "Problems of this card" }, preview.problems(found, { withCard: false }))
            : preview.problems(found, { withCard: false })) : null);
      this.describeTools();
    }

    neighbour(which, name, label) {
      const id = this.card[which];
      if (!id) return h("span.quiet.button.off", { "aria-hidden": "true" }, icon(name));
      return h("a.quiet.button", { href: this.address(id), "aria-label": label, title: label, "data-key": which }, icon(name));
    }

    address(id, ord) {
      return preview.link(`card/${encodeURIComponent(id)}`, { ...this.filter, card: ord === undefined ? "" : ord + 1 });
    }

    describeTools() {
      const { card } = this;
      const steps = ["Front", ...Array.from({ length: this.hints }, (_, number) => (this.hints > 1 ? `Hint ${number + 1}` : "Hint")), "Back"];
      preview.replace(this.tools,
        card.cards.length > 1 ? h("div.group", { role: "group", "aria-label": "Cards of this note" }, card.cards.map(({ ord, name }) =>
          this.toggle(name, ord === this.ord, `ord-${ord}`, () => this.choose(ord)))) : null,
        h("div.group", { role: "group", "aria-label": "Side" }, steps.map((name, step) =>
          this.toggle(name, step === this.step, `step-${step}`, () => this.go(step)))),
        window.innerWidth > 640 ? this.view() : h("details.view", { open: this.viewing, ontoggle: (event) => { this.viewing = event.target.open; } },
          h("summary", { "data-key": "view" }, "View"), this.view()));
      for (const frame of this.frames) frame.element.hidden = !shown().includes(frame.form.key);
      this.grid.classList.toggle("tall", settings.tall);
      this.stretch();
    }

    view() {
      return [
        h("div.group", { role: "group", "aria-label": "Forms" }, preview.FORMS.map((form) =>
          this.toggle(form.name, shown().includes(form.key), `form-${form.key}`, () => this.toggleForm(form.key)))),
        h("div.group.devices", {},
          this.select("desktop", "Desktop", [["windows", "Windows"], ["mac", "Mac"], ["linux", "Linux"]]),
          this.select("phone", "Phone", [["iphone", "iPhone"], ["android", "Android"]]),
          this.toggle("Full height", settings.tall, "tall", () => { settings.tall = !settings.tall; this.changed(); })),
      ];
    }

    toggle(name, isOn, key, onclick) {
      return h("button", { type: "button", "aria-pressed": String(isOn), "data-key": key, onclick }, name);
    }

    select(key, name, values) {
      return h("label", {}, h("span.hidden", {}, name),
        h("select", { "data-key": `device-${key}`, onchange: (event) => { settings[key] = event.target.value; this.changed(); this.show(); } },
          values.map(([value, text]) => h("option", { value, selected: settings[key] === value }, text))));
    }

    toggleForm(key) {
      const forms = shown().includes(key) ? shown().filter((other) => other !== key) : [...shown(), key];
      // One at least, or there is nothing to look at.
      settings.forms = forms.length ? forms : [key];
      this.changed();
      this.show();
    }

    changed() {
      store();
      this.describeTools();
    }

    choose(ord) {
      this.ord = ord;
      this.step = 0;
      history.replaceState(null, "", this.address(this.id, ord));
      this.show();
      this.describeTools();
    }

    get side() {
      return this.step > this.hints ? "back" : "front";
    }

    show() {
      this.troubles.clear();
      for (const frame of this.frames) {
        if (frame.element.hidden || !this.card.cards.length) continue;
        const device = frame.form.phone ? settings.phone : settings.desktop;
        frame.open = this.side === "back" ? 0 : this.step;
        frame.show(this.card, { ord: this.ord, side: this.side, device });
      }
    }

    go(step) {
      const before = this.side;
      this.step = Math.max(0, Math.min(step, this.hints + 1));
      if (this.side !== before) this.show();
      else for (const frame of this.frames) frame.openHints(this.step, true);
      this.describeTools();
    }

    ready(message, frame) {
      if (this.side === "front" && message.hints !== this.hints) {
        this.step = Math.min(this.step, message.hints);
        this.hints = message.hints;
        this.describeTools();
      }
      this.troubles.set(frame.form.key, message.troubles);
      if (message.troubles.length || this.complained) this.describe();
    }

    // A script that runs for ever takes only its own frame along.
    late(frame) {
      this.troubles.set(frame.form.key, [{ kind: "late", text: "", message: "a script of it may run for ever" }]);
      this.describe();
    }

    measured() {
      const wide = this.frames.filter((frame) => frame.sideways && !frame.element.hidden).map((frame) => frame.form.name).join("; ");
      if (wide !== this.wide) {
        this.wide = wide;
        this.describe();
      }
      this.stretch();
    }

    hintsOpened(message, frame) {
      if (this.side === "back" || message.open === this.step || frame.open === message.open) return;
      this.step = message.open;
      for (const other of this.frames) if (other !== frame) other.openHints(message.open, false);
      frame.open = message.open;
      this.describeTools();
    }

    // What only a browser sees, once, whatever the number of forms that have it.
    seen() {
      const found = new Map();
      // A file that is missing is a problem of the bank already.
      const isKnown = (trouble) => trouble.kind === "picture" && this.card.problems?.some(({ code }) => code.includes("media"));
      for (const troubles of this.troubles.values()) for (const trouble of troubles) if (!isKnown(trouble)) found.set(`${trouble.kind} ${trouble.text} ${trouble.message}`, trouble);
      const said = {
        formula: ({ text, message }) => [`the formula ${text} would not be typeset`, message],
        script: ({ message }) => ["a script of the card fails", message],
        late: ({ message }) => ["the card is still not ready", message],
        picture: ({ text, message }) => [`the picture ${text} is not shown`, message],
      };
      const problems = [...found.values()].map((trouble) => {
        const [message, advice] = said[trouble.kind](trouble);
        return { severity: "error", code: trouble.kind, message, advice };
      });
      if (this.wide) problems.push({ severity: "warning", code: "sideways", message: `the card scrolls sideways (${this.wide})`, advice: "what is wide can scroll in a box of its own" });
      this.complained = problems.length > 0;
      return problems;
    }

    // Full height, or one height for all that leaves little room unused.
    stretch() {
      const shown = this.frames.filter((frame) => !frame.element.hidden);
      const most = Math.max(...shown.map((frame) => frame.height)) + 24;
      for (const frame of shown) {
        const height = settings.tall ? frame.height + 24 : Math.min(704, Math.max(400, most));
        frame.screen.style.blockSize = frame.height ? `${height}px` : "";
      }
    }

    key(key) {
      const { card } = this;
      if (!card) return false;
      if (key === " ") this.go(this.side === "back" ? 0 : this.hints + 1);
      else if (key === "h") this.go(this.step >= this.hints ? 0 : this.step + 1);
      else if (key === "j" || key === "k") this.leave(key === "j" ? card.next : card.previous);
      else if ("1234".includes(key)) { preview.toast(GRADES[key - 1]); this.leave(card.next); }
      else if (key === "Escape") location.hash = preview.link("", this.filter);
      else if (key === "/") { preview.searchNext = true; location.hash = preview.link("", this.filter); }
      else return false;
      return true;
    }

    leave(id) {
      if (id) location.hash = this.address(id);
    }

    close() {
      for (const frame of this.frames) frame.close();
    }
  };
})();
