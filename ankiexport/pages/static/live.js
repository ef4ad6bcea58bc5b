// The bank as the server tells it. What site.js offers is the same, without a server.
"use strict";

preview.source = (function () {
  const address = (path, parameters) => {
    const given = Object.entries(parameters || {}).filter(([, value]) => value !== "" && value !== null && value !== undefined);
    return given.length ? `${path}?${new URLSearchParams(given)}` : path;
  };
  const ask = async (path, parameters) => {
    const answer = await fetch(address(path, parameters));
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  return {
    isLive: true,
    status: () => ask("status"),
    list: (filter, offset, limit) => ask("list", { ...filter, offset, limit }),
    ids: (filter) => ask("ids", filter),
    card: (id, filter) => ask("card", { ...filter, id }),
    problems: () => ask("problems"),
    file: (path) => ask("source", { path }),
    // A frame is a document of the server, which gives it a place of its own.
    fill: (iframe, card, { ord, side, device, dark }) => {
      iframe.setAttribute("sandbox", "allow-scripts");
      iframe.src = address("frame", { id: card.id, ord, side, device, dark: dark ? 1 : 0, revision: card.revision });
    },
    listen: (tell) => {
      const events = new EventSource("events");
      events.onmessage = (event) => tell(JSON.parse(event.data));
      events.onerror = () => tell(null);
    },
  };
})();
