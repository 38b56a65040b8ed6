"""Deflections over HTTP: for supervisors, and the links that customers open."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import ContactId
from crm_bridge.deflections import Deflection, Deflections
from hub.clock import now_ms
from hub.deflection_metrics import DeflectionGauges
from tests.hub.conftest import Client

Bearer = Callable[[str], Awaitable[dict[str, str]]]


async def _store(engine: AsyncEngine, count: int = 3) -> Deflections:
    store, at_ms = Deflections(engine), now_ms()
    for number in range(count):
        await store.offered(
            Deflection(
                id=f"c{number}:line",
                call=ContactId(f"c{number}"),
                way="line",
                number="+819012345678",
                language="ja",
                reason="long-wait",
                arrived_ms=at_ms,
                offered_ms=at_ms - number,
                intent="billing",
            )
        )
    await store.sent("c0:line", at_ms - 10, at_ms - 5)
    await store.failed("c1:line", "not_served")
    return store


async def test_supervisors_see_what_became_of_deflections(
    client: Client, engine: AsyncEngine, bearer: Bearer
) -> None:
    await _store(engine)
    headers = await bearer("kato")
    answer = await (await client.get("/api/v1/deflections?limit=2", headers=headers)).json()
    assert [(each["id"], each["state"]) for each in answer["deflections"]] == [
        ("c0:line", "held"),
        ("c1:line", "failed"),
    ]
    (count,) = answer["counts"]
    assert {name: count[name] for name in ("way", "intent", "offered", "failed", "sent", "held")} == {
        "way": "line",
        "intent": "billing",
        "offered": 3,
        "failed": 1,
        "sent": 1,
        "held": 1,
    }
    assert "+8190" not in str(answer), "numbers are in the customer's record only"
    page = await client.get("/api/v1/deflections", params={"before": answer["next"]}, headers=headers)
    assert [each["id"] for each in (await page.json())["deflections"]] == ["c2:line"]


async def test_agents_do_not(client: Client, bearer: Bearer) -> None:
    assert (await client.get("/api/v1/deflections", headers=await bearer("sato"))).status == 403


async def test_a_link_leads_on_without_being_kept_anywhere(client: Client) -> None:
    answer = await client.get("/go/7K2M", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "mailto:help@example.jp")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    gone = await client.get("/go/OTHER")
    assert (gone.status, "期限" in await gone.text()) == (404, True)


async def test_a_scrape_counts_a_week(engine: AsyncEngine) -> None:
    gauges = DeflectionGauges(await _store(engine))
    await gauges.refresh()
    (family,) = gauges.collect()
    counts = {(each.labels["way"], each.labels["state"]): each.value for each in family.samples}
    assert counts == {("line", "held"): 1, ("line", "failed"): 1, ("line", "offered"): 1}


async def test_short_links_lead_on(client: Client) -> None:
    answer = await client.get("/s/abcdefgh", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "https://shop.example/long")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert (await client.get("/s/hgfedcba")).status == 404
