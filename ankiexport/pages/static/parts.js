// Parts that several pages have: the bar at the top, problems, tags, links into the source.
"use strict";
(function () {
  const { h, icon, plural } = preview;

  preview.link = (route, parameters) => {
    const given = Object.entries(parameters || {}).filter(([, value]) => value);
    return `#/${route}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
  };

  preview.bar = (status, current) =>
    h("header.bar", {},
      h("a.title", { href: "#/", "data-key": "home" }, status.title || "Preview"),
      h("nav", { "aria-label": "Pages" },
        page("", "Browse", current === "overview"),
        page("practice", "Practise", current === "practice"),
        preview.source.isLive ? page("problems", "Problems", current === "problems", counts(status)) : null,
        status.print ? h("a", { href: status.print }, "Print") : null,
      ),
      h("button.quiet", { type: "button", "data-key": "help", "aria-haspopup": "dialog", onclick: preview.help }, "Keys"),
    );

  const page = (route, name, isCurrent, more) =>
    h("a", { href: preview.link(route), "data-key": `page-${route}`, "aria-current": isCurrent && "page" }, name, more);

  const counts = (status) => {
    if (status.errors) return h("span.count.error", {}, plural(status.errors, "error"));
    if (status.warnings) return h("span.count.warning", {}, plural(status.warnings, "warning"));
    return status.checking ? null : h("span.count.good", {}, "none");
  };

  // What is said aloud when the state of the bank changes.
  preview.said = (status) => {
    if (!status) return "The preview has ended. Start it again to go on.";
    if (status.stale.length) return `${status.stale.join(", ")} cannot be read: its questions are shown as they were.`;
    if (status.checking) return "Checking the bank";
    const found = [status.errors && plural(status.errors, "error"), status.warnings && plural(status.warnings, "warning")];
    return found.filter(Boolean).join(", ") || "No problems";
  };

  preview.chips = (tags) => h("ul.chips", { "aria-label": "Tags" }, tags.map((tag) => h("li", {}, tag)));

  preview.place = (place, key) => {
    const text = `${place.path}:${place.line}`;
    return h("span.place", {},
      h("a", { href: preview.link("source", { path: place.path, line: place.line }), "data-key": `source-${key}` }, text),
      h("button.quiet.small", {
        type: "button", title: `Copy ${text}`, "aria-label": `Copy ${text}`, "data-key": `copy-${key}`,
        onclick: () => navigator.clipboard.writeText(text).then(() => preview.toast(`Copied ${text}`)),
      }, icon("copy")),
    );
  };

  preview.problem = (problem, number, { withCard }) =>
    h("li.problem", { class: `problem ${problem.severity}` },
      h("p", {},
        h("strong", {}, problem.severity === "error" ? "Error" : "Warning"), " ",
        h("span.message", {}, problem.message), " ", h("code", {}, problem.code)),
      problem.place ? h("p.where", {}, preview.place(problem.place, `problem-${number}`),
        withCard && problem.card ? h("a", { href: preview.link(`card/${encodeURIComponent(problem.card)}`) }, "Show the card") : null) : null,
      problem.excerpt && problem.excerpt.length ? excerpt(problem) : null,
      problem.advice ? h("p.advice", {}, problem.advice) : null,
    );

  const excerpt = (problem) =>
    h("pre.excerpt", { tabindex: "0", "aria-label": "Source lines" },
      problem.excerpt.flatMap(({ line, text }) => {
        const here = line === problem.place.line;
        const code = h("span.line", { class: here ? "line here" : "line" }, h("span.number", {}, String(line)), `${text}\n`);
        return here ? [code, h("span.caret", {}, `${" ".repeat(Math.max(0, Math.min(problem.column, 400) - 1))}^\n`)] : [code];
      }));

  preview.problems = (problems, options) =>
    h("ol.problems", {}, problems.map((problem, number) => preview.problem(problem, number, options)));

  let timer = 0;
  preview.toast = (text) => {
    const box = document.getElementById("toast");
    box.textContent = text;
    box.classList.add("shown");
    clearTimeout(timer);
    timer = setTimeout(() => box.classList.remove("shown"), 2500);
  };

  const KEYS = [
    ["Space", "turn the card over"], ["h", "open the next hint"], ["1 2 3 4", "Again, Hard, Good, Easy, and go on"],
    ["j", "next card"], ["k", "previous card"], ["/", "search"], ["Esc", "back to all questions"], ["?", "this list"],
  ];
  preview.help = () => {
    const dialog = h("dialog", { "aria-labelledby": "keys", onclose: () => dialog.remove() },
      h("h2", { id: "keys" }, "Keys"),
      h("dl.keys", {}, KEYS.map(([keys, what]) =>
        h("div", {}, h("dt", {}, keys.split(" ").map((key) => h("kbd", {}, key))), h("dd", {}, what)))),
      h("form", { method: "dialog" }, h("button.main", {}, "Close")));
    document.body.append(dialog);
    dialog.showModal();
  };
})();
