// Anki's search language for pages without a server, as far as it is about words, tags, decks and note types.
//
//   search = {one ["and" | "or"]}     one = ["-"] ("(" search ")" | term)     term = word | key ":" value, or "quoted"
//
// docs/search.md tells what each term finds. Words are looked for in the text of the cards.
"use strict";
(function () {
  const TOKEN = /\s+|(?<sign>[()])|(?<minus>-)|"(?<quoted>(?:\\.|[^"\\])*)"|(?<term>(?::"(?:\\.|[^"\\])*"|\\.|[^\s"()\\])+)/gsuy;

  class Wrong extends Error {
    constructor(message, start, end, advice = "") {
      super(message);
      Object.assign(this, { start, end, advice });
    }
  }

  function tokens(query) {
    const found = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < query.length) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(query);
      if (!match) throw new Wrong("this is no search term", start, start + 1, "put it into quotes");
      const { sign, minus, quoted, term } = match.groups;
      const end = TOKEN.lastIndex;
      if (sign || minus) found.push({ kind: sign || minus, start, end });
      else if (quoted !== undefined) found.push({ kind: "term", text: quoted, start, end });
      else if (term && /^(and|or)$/i.test(term)) found.push({ kind: term.toLowerCase(), start, end });
      else if (term) found.push({ kind: "term", text: term, start, end });
    }
    return found;
  }

  // What a pattern stands for: `*` any characters, `_` one, and a backslash takes away what the next one means.
  function expression(text) {
    return text.replace(/\\(.)|([*_])|([.+?^${}()|[\]\/])/gsu, (_, escaped, wild, special) =>
      escaped ? escaped.replace(/[.*+?^${}()|[\]\\\/]/u, "\\$&") : wild ? (wild === "*" ? ".*" : ".") : `\\${special}`);
  }
  const whole = (text) => new RegExp(`^(?:${expression(text)})$`, "isu");
  const below = (text) => new RegExp(`^(?:${expression(text)})(?:::.*)?$`, "isu");

  function term({ text, start, end }) {
    const colon = /^((?:\\.|[^:\\])*):(.*)$/su.exec(text);
    if (!colon) {
      const pattern = new RegExp(expression(text), "isu");
      return (row) => pattern.test(row.text);
    }
    const key = colon[1].toLowerCase();
    const value = colon[2].replace(/^"(.*)"$/su, "$1");
    if (key === "tag" && value.toLowerCase() === "none") return (row) => !row.allTags.length;
    if (key === "tag") return ((pattern) => (row) => row.allTags.some((tag) => pattern.test(tag)))(below(value));
    if (key === "deck") return ((pattern) => (row) => row.decks.some((deck) => pattern.test(deck)))(below(value));
    if (key === "note") return ((pattern) => (row) => pattern.test(row.noteTypeName))(whole(value));
    throw new Wrong(`these pages do not know ${colon[1]}:`, start, end, "they know tag:, deck: and note:");
  }

  preview.matcher = function (query) {
    const left = tokens(query);
    const peek = () => left[0]?.kind;

    function any(isInside) {
      const parts = [all(isInside)];
      while (peek() === "or") {
        const sign = left.shift();
        if (!peek() || peek() === ")") throw new Wrong("nothing stands behind this", sign.start, sign.end, "write what else is to be found");
        parts.push(all(isInside));
      }
      return (row) => parts.some((holds) => holds(row));
    }
    function all(isInside) {
      const parts = [];
      while (peek() && peek() !== "or" && !(peek() === ")" && isInside)) {
        if (peek() === "and" && parts.length) left.shift();
        parts.push(one());
      }
      if (!parts.length && peek()) throw new Wrong("nothing stands before this", left[0].start, left[0].end, "write what is to be found");
      return (row) => parts.every((holds) => holds(row));
    }
    function one() {
      const token = left.shift();
      if (!token) throw new Wrong("the search ends too early", query.length, query.length, "write what is to be found");
      if (token.kind === "term") return term(token);
      if (token.kind === "-") return ((holds) => (row) => !holds(row))(one());
      if (token.kind !== "(") throw new Wrong("this cannot stand here", token.start, token.end, "put it into quotes to search for it");
      const holds = any(true);
      if (left.shift()?.kind !== ")") throw new Wrong("the bracket is not closed", token.start, token.end, "add )");
      return holds;
    }
    const holds = any(false);
    if (left.length) throw new Wrong("this cannot stand here", left[0].start, left[0].end);
    return holds;
  };
})();
