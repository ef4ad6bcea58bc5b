// Making elements, and putting new ones in the place of old ones without taking the keyboard away.
"use strict";
var preview = {};

// h("a.chip", {href: "#/"}, "text", ...): an element with classes, attributes or listeners, and children.
preview.h = function (what, attributes, ...children) {
  const [name, ...classes] = what.split(".");
  const svg = ["svg", "path"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

// Elements that take part name themselves with data-key, which is the same before and after.
preview.replace = function (parent, ...children) {
  const active = document.activeElement;
  const key = parent.contains(active) ? active.dataset.key : null;
  const range = key && active.matches("input[type=search]") ? [active.selectionStart, active.selectionEnd] : null;
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
  const again = key && parent.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (range) again.setSelectionRange(...range);
};

preview.plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

const ICONS = {
  left: "M10 3 5 8l5 5",
  right: "m6 3 5 5-5 5",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  back: "M13 8H3m4-4L3 8l4 4",
};

preview.icon = (name) => preview.h("svg.icon", { viewBox: "0 0 16 16", "aria-hidden": "true" }, preview.h("path", { d: ICONS[name] }));
