"""The menus' picture over the API."""

from collections.abc import Awaitable, Callable

import pytest

from tests.hub.conftest import Client

Bearer = Callable[[str], Awaitable[dict[str, str]]]
PATH = "/api/v1/ivr/picture"


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


async def test_agents_do_not_and_formats_are_checked(client: Client, bearer: Bearer) -> None:
    assert (await client.get(PATH)).status == 401
    assert (await client.get(PATH, headers=await bearer("sato"))).status == 403
    assert (await client.get(f"{PATH}?format=png", headers=await bearer("kato"))).status == 400
