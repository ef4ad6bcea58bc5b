"""What keeps strangers out of a server that runs beside a browser.

Any web page can make a browser send requests to this machine, and can give a name of its own this machine's
address. So a request must name the server as its user does, must only read, and must not come from another
site, not even from another server on this machine; and every answer forbids its page to load anything from elsewhere.
"""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Where an answer says nothing else, it is no page and loads nothing.
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
# A card's frame has no origin, so a browser takes it for a stranger when it loads its pictures and MathJax.
_FOR_FRAMES = ("/media/", "/mathjax/")
_OWN_SITES = frozenset({"same-origin", "none"})


def names(port: int) -> frozenset[str]:
    """Return what a request may call the server in its header `Host`."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def page_policy(nonce: str) -> str:
    """Return the policy of the application's own page: only its own scripts and styles, and its frames."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def frame_policy(host: str) -> str:
    """Return the policy of a card, which is somebody else's HTML and may hold scripts, as in Anki.

    They run in a place of their own, that can neither reach the pages nor the network.
    """
    here = f"http://{host}"
    return (
        f"sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' {here}/mathjax/; "
        f"style-src 'unsafe-inline'; img-src {here}/media/ data:; media-src {here}/media/ data:; "
        f"font-src {here}/mathjax/ data:; base-uri 'none'; form-action 'none'; frame-ancestors {here}"
    )


class Guard:
    """Answers only requests of the user's own browser tabs, and adds the headers that keep pages apart."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """Guard an application that is known by these names."""
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_for_frames = scope["path"].startswith(_FOR_FRAMES)
        refused = self._refused(Headers(scope=scope), scope, is_for_frames=is_for_frames)
        added = {
            **_HEADERS,
            "Content-Security-Policy": _POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin" if is_for_frames else "same-origin",
        }

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await (refused or self._app)(scope, receive, send_guarded)

    def _refused(self, headers: Headers, scope: Scope, *, is_for_frames: bool) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if host.lower() not in self._hosts:
            return PlainTextResponse("This server answers only to 127.0.0.1 and localhost.\n", 421)
        origins = {f"http://{host}", *(["null"] if is_for_frames else [])}
        # Whoever follows a link to the page itself is welcome. What loads anything else is known by its site,
        # also where no origin is told, as for scripts and pictures.
        is_visit = scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        is_own = headers.get("sec-fetch-site", "none") in _OWN_SITES or is_for_frames or is_visit
        if not is_own or not origins.issuperset(headers.getlist("origin")):
            return PlainTextResponse("This server does not answer other sites.\n", 403)
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("This server can only be read.\n", 405, {"Allow": "GET, HEAD"})
        return None
