"""The menus that new calls begin with, as a picture."""

from aiohttp import web
from pydantic import BaseModel

from hub.accounts import Role
from hub.http.operations import Call, Operations
from ivr.picture import Format, draw

api = Operations("ivr")


class PictureQuery(BaseModel):
    """For which drawing program: Mermaid, or Graphviz."""

    format: Format = Format.MERMAID


@api.operation("GET", "/ivr/picture", role=Role.SUPERVISOR)
async def ivr_picture(call: Call, query: PictureQuery) -> web.Response:
    """Draw where callers go, as text for Mermaid or Graphviz."""
    return web.Response(text=draw(call.parts.flow(), query.format), content_type="text/plain")
