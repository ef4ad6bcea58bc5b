// Cards in frames: one for each form in which a card is looked at. The document in a frame talks by messages.
"use strict";

preview.FORMS = [
  { key: "desktop-light", name: "Desktop, light", phone: false, dark: false },
  { key: "phone-light", name: "Phone, light", phone: true, dark: false },
  { key: "desktop-dark", name: "Desktop, dark", phone: false, dark: true },
  { key: "phone-dark", name: "Phone, dark", phone: true, dark: true },
];

preview.frames = new Set();

// After so many milliseconds a card that is not ready is taken for one that never will be.
preview.patience = 8000;
const MOST = { hints: 50, open: 50, formulas: 100000, height: 100000, top: 10000000 };

// A card may send anything; what comes in is what the pages expect, whoever wrote the card.
function tidied(data) {
  const message = { ...Object(data) };
  for (const [key, most] of Object.entries(MOST)) if (key in message) message[key] = Math.max(0, Math.min(most, Math.round(Number(message[key]) || 0)));
  for (const key of ["key", "href"]) if (key in message) message[key] = String(message[key]).slice(0, 200);
  message.troubles = (Array.isArray(message.troubles) ? message.troubles : []).slice(0, 20)
    .map((trouble) => ({ kind: String(trouble?.kind), text: String(trouble?.text).slice(0, 300), message: String(trouble?.message).slice(0, 300) }))
    .filter(({ kind }) => ["formula", "script", "picture"].includes(kind));
  return message;
}

// A frame keeps the old document until the new one is ready, so that nothing flickers, and scrolls it to the
// same place if it shows the same side.
preview.Frame = class {
  constructor(form, listeners) {
    this.form = form;
    this.listeners = listeners;
    this.top = 0;
    this.open = 0;
    this.height = 0;
    this.sideways = false;
    this.shown = null;
    this.screen = preview.h("div.screen", { class: `screen ${form.phone ? "phone" : "desktop"} ${form.dark ? "dark" : "light"}` });
    this.element = preview.h("figure.form", { "data-form": form.key }, preview.h("figcaption", {}, form.name), this.screen);
    preview.frames.add(this);
  }

  show(card, { ord, side, device }) {
    const same = this.shown && this.shown.id === card.id && this.shown.ord === ord && this.shown.side === side;
    if (!same) this.top = 0;
    this.shown = { id: card.id, ord, side };
    this.next?.remove();
    this.next = preview.h("iframe", { title: `${this.form.name}: ${side} of ${card.key}`, class: "loading" });
    preview.source.fill(this.next, card, { ord, side, device, dark: this.form.dark });
    this.screen.append(this.next);
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.listeners.late?.({}, this), preview.patience);
  }

  openHints(open, show) {
    this.open = open;
    this.post({ type: "hints", open, show });
  }

  post(message) {
    for (const iframe of [this.iframe, this.next]) iframe?.contentWindow?.postMessage(message, "*");
  }

  owns(window) {
    return window === this.iframe?.contentWindow || window === this.next?.contentWindow;
  }

  hear(message, window) {
    const isNext = window === this.next?.contentWindow;
    if (message.type === "ready" && isNext) {
      clearTimeout(this.patience);
      window.postMessage({ type: "hints", open: this.open }, "*");
      window.postMessage({ type: "scroll", top: this.top }, "*");
      this.iframe?.remove();
      this.iframe = this.next;
      this.next = null;
      this.iframe.classList.remove("loading");
      this.element.dataset.ready = "yes";
      this.element.dataset.formulas = message.formulas;
    } else if (isNext) return;
    if (message.type === "scroll") this.top = message.top;
    if (message.type === "measured") Object.assign(this, { height: message.height, sideways: message.sideways });
    // Only who works in a frame presses keys there, and no script.
    if (message.type === "key" && document.activeElement !== this.iframe) return;
    if (Object.hasOwn(this.listeners, message.type)) this.listeners[message.type](message, this);
  }

  close() {
    clearTimeout(this.patience);
    preview.frames.delete(this);
  }
};

window.addEventListener("message", (event) => {
  for (const frame of preview.frames) if (frame.owns(event.source)) frame.hear(tidied(event.data), event.source);
});
