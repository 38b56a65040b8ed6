"""Short links in messages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.database import create_engine, migrate
from hub.short_links import ShortLinks

LONG = "https://shop.example/orders/2026/11/26/A-1234567890?utm=sms&x=%E4%BA%88"


@pytest.fixture
async def links(tmp_path: Path) -> AsyncIterator[ShortLinks]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}"
    await migrate(url)
    engine = create_engine(url)
    yield ShortLinks(engine, "https://hub.example", life_s=60, now=lambda: _now[0])
    await engine.dispose()


_now = [1_800_000_000_000]


async def test_a_long_address_becomes_short_and_leads_back(links: ShortLinks) -> None:
    text = await links.shorten(f"ご注文: {LONG}。以上 (see {LONG}).", "k")
    assert LONG not in text
    assert text.startswith("ご注文: https://hub.example/s/")
    assert text.endswith(").")
    slug = text.split("/s/")[1][:8]
    assert await links.open(slug) == LONG
    assert await links.open(slug, is_counted=False) == LONG
    assert await links.opened(slug) == 1


async def test_the_same_message_has_the_same_link_and_another_its_own(links: ShortLinks) -> None:
    first = await links.shorten(LONG, "k")
    assert await links.shorten(LONG, "k") == first
    assert await links.shorten(LONG, "l") != first


@pytest.mark.parametrize(
    "text",
    [
        "http://shop.example/a/very/long/address/that/is/not/secure/at/all",
        "https://a.example/",
        "javascript:alert(1)",
        "https://hub.example/s/abcdefgh?and=so&on=1",
        "no link",
    ],
)
async def test_what_stays_as_it_is(links: ShortLinks, text: str) -> None:
    assert await links.shorten(text, "k") == text


async def test_links_end(links: ShortLinks) -> None:
    slug = (await links.shorten(LONG, "k")).split("/s/")[1]
    _now[0] += 60_000
    assert await links.open(slug) is None
    assert await links.open("../../etc") is None
