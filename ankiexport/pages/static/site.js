// The bank as it lies in the folder of a site. What live.js offers is the same, with a server.
"use strict";

preview.source = (function () {
  const { bank } = preview;
  const chunks = new Map();

  // Cards come in files of their own; a page from a folder can load scripts, but no data.
  preview.chunk = (number, cards) => chunks.get(number).done(cards);
  function chunk(number) {
    if (!chunks.has(number)) {
      const waiting = {};
      waiting.cards = new Promise((done, failed) => {
        waiting.done = done;
        const script = document.createElement("script");
        script.src = `data/cards-${number}.js`;
        script.onerror = () => failed(new Error(`${script.src} is missing`));
        document.head.append(script);
      });
      chunks.set(number, waiting);
    }
    return chunks.get(number).cards;
  }

  function found(filter, without) {
    const matches = preview.matcher(filter.q || "");
    return bank.rows.filter((row) =>
      (!filter.level || without === "level" || row.level === filter.level) &&
      (!filter.tag || without === "tag" || row.tags.includes(filter.tag)) &&
      (!filter.kind || row.fact === (filter.kind === "fact")) && matches(row));
  }

  function counted(rows, keysOf) {
    const counts = new Map();
    for (const row of rows) for (const key of keysOf(row)) counts.set(key, (counts.get(key) || 0) + 1);
    return counts;
  }

  async function list(filter, offset, limit) {
    try {
      preview.matcher(filter.q || "");
    } catch (wrong) {
      return { ...(await list({ ...filter, q: "" }, 0, 0)), total: 0, wrong };
    }
    const rows = found(filter);
    const levels = counted(found(filter, "level"), (row) => [row.level]);
    const tags = counted(found(filter, "tag"), (row) => row.tags);
    return {
      total: rows.length,
      offset,
      searches: bank.searches,
      rows: rows.slice(offset, offset + limit),
      levels: bank.levels.map(({ key, name }) => ({ key, name, count: levels.get(key) || 0 })),
      tags: bank.tags.filter((tag) => tags.has(tag) || tag === filter.tag).map((tag) => ({ tag, count: tags.get(tag) || 0 })),
    };
  }

  async function card(id, filter) {
    const at = bank.rows.findIndex((row) => row.id === id);
    if (at < 0) return null;
    const number = Math.floor(at / bank.chunk);
    const rows = found(filter);
    const index = rows.findIndex((row) => row.id === id);
    return {
      ...bank.rows[at], ...(await chunk(number))[id], revision: 1, index, total: rows.length,
      previous: rows[index - 1]?.id, next: index < 0 ? undefined : rows[index + 1]?.id,
    };
  }

  // The document of a frame is made here; functions, because a text could hold what `replace` takes for a sign.
  function fill(iframe, { cards, noteType }, { ord, side, device, dark }) {
    const html = cards.find((candidate) => candidate.ord === ord)[side];
    const { plain, formulas, css, htmlClasses, bodyClasses, darkHtml, darkBody } = bank.frames;
    const parts = {
      "@HTML-CLASS@": [htmlClasses[device], dark && darkHtml].filter(Boolean).join(" "),
      "@BODY-CLASS@": [`card card${ord + 1}`, bodyClasses[device], dark && darkBody].filter(Boolean).join(" "),
      "@CSS@": css[noteType],
      "@HTML@": html,
    };
    const document = /\\[([]/.test(html) ? formulas : plain;
    // As in the preview, what a card runs reaches nothing else of the site. A frame so kept loads no files, though.
    if (location.protocol !== "file:") iframe.setAttribute("sandbox", "allow-scripts");
    iframe.srcdoc = document.replace(/@[A-Z-]+@/g, (mark) => parts[mark] ?? mark);
  }

  return {
    isLive: false,
    status: async () => bank.status,
    list,
    ids: async (filter) => found(filter).map((row) => row.id),
    card,
    fill,
    listen: () => {},
  };
})();
