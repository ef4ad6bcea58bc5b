// The search of the overview for pages without a server; preview/search.py tells what it means.
"use strict";
var preview = window.preview || {};
window.preview = preview;

preview.matcher = function (query) {
  const parts = [];
  const part = /(-)?(?:(tag|deck|note):)?(?:"([^"]*)"?|([^\s"]+))/g;
  for (const [, not, key, quoted, plain] of query.matchAll(part)) {
    const found = preview.matcherOfPart(key, quoted || plain || "");
    parts.push((entry) => found(entry) === !not);
  }
  return (entry) => parts.every((holds) => holds(entry));
};

preview.matcherOfPart = function (key, value) {
  if (!key) {
    const word = value.toLowerCase();
    return (entry) => entry.text.includes(word);
  }
  const words = value.split("*").map((text) => text.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&")).join(".*");
  const pattern = new RegExp(key === "note" ? `^(?:${words})$` : `^(?:${words}(?:::.*)?)$`, "isu");
  if (key === "tag") return (entry) => entry.tags.some((tag) => pattern.test(tag));
  if (key === "deck") return (entry) => pattern.test(entry.deck);
  return (entry) => pattern.test(entry.noteType);
};
