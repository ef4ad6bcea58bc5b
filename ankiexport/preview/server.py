"""The routes of the preview. All of them only read, and none of them reaches out of the bank."""

import html as html_lib
import json
import mimetypes
import secrets
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from string import Template
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ankiexport.pages.assets import STATIC, asset
from ankiexport.pages.frames import Device, dressed, frame_document, has_formula
from ankiexport.preview import answers
from ankiexport.preview.guard import Guard, frame_policy, page_policy
from ankiexport.preview.live import Preview
from ankiexport.preview.news import News
from ankiexport.preview.snapshot import Filter

# A picture may be a drawing with scripts in it; opened alone, it gets no more rights than in a card.
_MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_MOST_ROWS = 200


def application(
    preview: Preview, news: News, hosts: Collection[str], mathjax: Path | None = None
) -> Starlette:
    """Return the application for a preview, which answers to these names."""
    routes = _Routes(preview, news, has_mathjax=mathjax is not None)
    mounts = [Mount("/mathjax", _OpenFiles(directory=mathjax))] if mathjax else []
    return Starlette(
        routes=[
            Route("/", routes.page),
            Route("/status", routes.status),
            Route("/list", routes.listed),
            Route("/ids", routes.ids),
            Route("/card", routes.card),
            Route("/problems", routes.problems),
            Route("/source", routes.source),
            Route("/frame", routes.frame),
            Route("/events", routes.events),
            Route("/media/{name}", routes.media),
            Mount("/static", StaticFiles(directory=STATIC)),
            *mounts,
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
    )


class _Routes:
    """The handlers; those that read files or render are plain functions, which run in threads."""

    def __init__(self, preview: Preview, news: News, *, has_mathjax: bool) -> None:
        self._preview = preview
        self._news = news
        self._mathjax = "/mathjax/tex-chtml-full.js" if has_mathjax else None

    def page(self, _request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        status = answers.status(self._preview.snapshot)
        html = Template(asset("index.html")).substitute(
            nonce=nonce, title=html_lib.escape(str(status["title"]))
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": page_policy(nonce)})

    def status(self, _request: Request) -> Response:
        return JSONResponse(self._status())

    def listed(self, request: Request) -> Response:
        offset, limit = _number(request, "offset", 0), _number(request, "limit", _MOST_ROWS)
        found = answers.listed(self._preview.snapshot, _filter(request), offset, min(limit, _MOST_ROWS))
        return JSONResponse(found)

    def ids(self, request: Request) -> Response:
        return JSONResponse(answers.handles(self._preview.snapshot, _filter(request)))

    def card(self, request: Request) -> Response:
        handle = request.query_params.get("id", "")
        shown = self._preview.shown(handle)
        if shown is None:
            raise HTTPException(404, "There is no such question.")
        return JSONResponse(answers.card(self._preview.snapshot, handle, shown, _filter(request)))

    def problems(self, _request: Request) -> Response:
        return JSONResponse(answers.problems(self._preview.snapshot))

    def source(self, request: Request) -> Response:
        path = request.query_params.get("path", "")
        if path not in answers.source_paths(self._preview.snapshot):
            raise HTTPException(404, "This file is not one of the bank's.")
        return JSONResponse({"path": path, "lines": answers.source_lines(Path(path))})

    def frame(self, request: Request) -> Response:
        asked = request.query_params
        shown = self._preview.shown(asked.get("id", ""))
        note = shown.note if shown else None
        ord_, device = _number(request, "ord", 0), asked.get("device", "")
        if note is None or ord_ not in note.ords or device not in set(Device):
            raise HTTPException(404, "There is no such card.")
        media = {file.name: f"/media/{quote(file.name)}" for file in note.content.media}
        html = note.side(ord_, back=asked.get("side") == "back", media=media)
        document = frame_document(
            html,
            note.note_type.css,
            title=f"{note.content.key}, {note.card_name(ord_)}",
            mathjax=self._mathjax if has_formula(html) else None,
            **dressed(Device(device), ord_, dark=asked.get("dark") == "1"),
        )
        policy = frame_policy(request.headers["host"])
        return HTMLResponse(document, headers={"Content-Security-Policy": policy})

    def media(self, request: Request) -> Response:
        path = self._preview.media_file(request.path_params["name"])
        if path is None:
            raise HTTPException(404, "There is no such file in a card that was shown.")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, headers={"Content-Security-Policy": _MEDIA_POLICY})

    async def events(self, _request: Request) -> Response:
        async def stream() -> AsyncIterator[str]:
            async for _ in self._news.listen():
                yield f"data: {json.dumps(self._status())}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    def _status(self) -> answers.Data:
        return {**answers.status(self._preview.snapshot), "mathjax": self._mathjax is not None}


class _OpenFiles(StaticFiles):
    """Files that a card's frame may load: it has no origin, and fonts are given only to those named."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def _filter(request: Request) -> Filter:
    asked = request.query_params
    return Filter(
        query=asked.get("q", ""),
        level=asked.get("level", ""),
        tag=asked.get("tag", ""),
        kind=asked.get("kind", ""),
        only_problems=asked.get("problems") == "1",
    )


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else default
