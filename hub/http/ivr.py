"""The menus that new calls begin with, as a picture."""

from aiohttp import web
from pydantic import BaseModel

from hub.accounts import Role
from hub.http.model import Answer
from hub.http.operations import Call, Operations
from ivr.picture import Edge, Format, Node, Shape, draw, graph_of

api = Operations("ivr")


class PictureQuery(BaseModel):
    """For which drawing program: Mermaid, or Graphviz."""

    format: Format = Format.MERMAID


class NodeShown(Answer):
    """A number, a section, or a way out; the first line of `label` is its name."""

    id: str
    shape: Shape
    label: str

    @classmethod
    def of(cls, node: Node) -> "NodeShown":
        return cls(id=node.id, shape=node.shape, label=node.label)


class EdgeShown(Answer):
    """A way from a node to another, by what; `is_silent`: without the caller doing anything."""

    source: str
    target: str
    label: str
    is_silent: bool

    @classmethod
    def of(cls, edge: Edge) -> "EdgeShown":
        return cls(source=edge.source, target=edge.target, label=edge.label, is_silent=edge.is_silent)


class GraphAnswer(Answer):
    """Where callers go."""

    nodes: list[NodeShown]
    edges: list[EdgeShown]


@api.operation("GET", "/ivr/graph", role=Role.SUPERVISOR)
async def ivr_graph(call: Call) -> GraphAnswer:
    """Return where callers go, for a page that draws it itself."""
    graph = graph_of(call.parts.flow())
    return GraphAnswer(
        nodes=[NodeShown.of(each) for each in graph.nodes], edges=[EdgeShown.of(each) for each in graph.edges]
    )


@api.operation("GET", "/ivr/picture", role=Role.SUPERVISOR)
async def ivr_picture(call: Call, query: PictureQuery) -> web.Response:
    """Draw where callers go, as text for Mermaid or Graphviz."""
    return web.Response(text=draw(call.parts.flow(), query.format), content_type="text/plain")
