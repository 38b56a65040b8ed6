"""One site for all of these tests; what a test begins it closes."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.channels.site import Site, open_site


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="package")
async def site(_open: Site) -> AsyncIterator[Site]:
    """The site, Sato alone at hand at both hubs."""
    before = [len(floor.hub.log()) for floor in _open.floors]
    for floor in _open.floors:
        await floor.sato.available()
        await floor.tanaka.away()
    try:
        yield _open
    finally:
        left = [await agent.tidies_up() for floor in _open.floors for agent in floor.agents.values()]
        for floor, seen in zip(_open.floors, before, strict=True):
            for line in floor.hub.log()[seen:]:
                if line["level"] not in ("info", "debug"):
                    print(line)  # pytest shows it with a failure
    assert not any(left), "a test closes what it began"
