"""The menus' picture over the API."""

from collections.abc import Awaitable, Callable

import pytest

from tests.hub.conftest import Client

Bearer = Callable[[str], Awaitable[dict[str, str]]]
PATH = "/api/v1/ivr/picture"
GRAPH = "/api/v1/ivr/graph"


@pytest.mark.parametrize(
    ("query", "first"),
    [("", "flowchart TD"), ("?format=mermaid", "flowchart TD"), ("?format=dot", "digraph ivr {")],
)
async def test_supervisors_get_the_menus_drawn(
    client: Client, bearer: Bearer, query: str, first: str
) -> None:
    answer = await client.get(PATH + query, headers=await bearer("kato"))
    assert answer.status == 200
    assert answer.content_type == "text/plain"
    text = await answer.text()
    assert text.splitlines()[0] == first
    assert "メニュー" in text


async def test_supervisors_get_what_a_page_draws(client: Client, bearer: Bearer) -> None:
    answer = await client.get(GRAPH, headers=await bearer("kato"))
    assert answer.status == 200
    graph = await answer.json()
    ids = {node["id"] for node in graph["nodes"]}
    assert {"menu", "number", "exit"} <= {node["shape"] for node in graph["nodes"]}
    assert graph["edges"]
    assert all({edge["source"], edge["target"]} <= ids for edge in graph["edges"])
    assert (await client.get(GRAPH, headers=await bearer("sato"))).status == 403


async def test_agents_do_not_and_formats_are_checked(client: Client, bearer: Bearer) -> None:
    assert (await client.get(PATH)).status == 401
    assert (await client.get(PATH, headers=await bearer("sato"))).status == 403
    assert (await client.get(f"{PATH}?format=png", headers=await bearer("kato"))).status == 400
