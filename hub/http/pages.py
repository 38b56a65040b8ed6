"""The built agent page: files of `web/dist`, and the page itself for every address within it."""

from pathlib import Path

from aiohttp import web

from hub.http.problems import Code, RequestRefused

_INDEX = "index.html"
_NOT_PAGES = ("api/", "webhooks/", "chat/", "webrtc/", "call/")
_HASHED = "assets/"
"""The bundler puts files there whose name changes with their content."""


class Pages:
    """`GET /...`: a file, or the page for an address that names none."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["path"]
        found = None if wanted.startswith(_NOT_PAGES) else self._find(wanted)
        if found is None:
            raise RequestRefused(Code.NOT_FOUND)
        is_lasting = wanted.startswith(_HASHED)
        caching = "public, max-age=31536000, immutable" if is_lasting else "no-cache"
        return web.FileResponse(found, headers={"Cache-Control": caching})

    def _find(self, wanted: str) -> Path | None:
        path = (self._root / wanted).resolve()
        if not path.is_relative_to(self._root):
            return None
        if path.is_file():
            return path
        index = self._root / _INDEX
        return index if not path.suffix and index.is_file() else None
