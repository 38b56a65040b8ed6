"""Readiness, metrics and the agent page."""

from hub.readiness import Readiness
from tests.hub.conftest import Client
from tests.hub.fakes import Clock, Hub


async def test_hub_is_ready_when_every_part_is(client: Client, hub: Hub) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 503, "nothing was heard of any part yet"
    for part in ("redis", "database", "asterisk"):
        hub.parts.readiness.set(part, True)
    response = await client.get("/readyz")
    assert response.status == 200
    assert (await response.json())["ready"] is True


async def test_readyz_names_the_part_since_when_and_why(client: Client, hub: Hub) -> None:
    readiness = hub.parts.readiness
    for part in ("redis", "database", "asterisk"):
        readiness.set(part, True)
    await hub.clock.advance(5)
    readiness.set("redis", False, "connection refused")
    since_ms = hub.clock.ms()
    await hub.clock.advance(5)
    readiness.set("redis", False, "still refused")
    response = await client.get("/readyz")
    assert response.status == 503
    parts = (await response.json())["parts"]
    assert parts["redis"] == {"ready": False, "since_ms": since_ms, "why": "still refused"}
    assert parts["database"]["ready"] is True
    readiness.set("redis", True)
    assert (await client.get("/readyz")).status == 200


def test_part_that_comes_late_counts() -> None:
    readiness = Readiness((), Clock().ms)
    assert readiness.is_ready
    readiness.set("media", False, "starting")
    assert not readiness.is_ready


async def test_metrics_show_parts_and_requests_by_route(client: Client, hub: Hub) -> None:
    hub.parts.readiness.set("redis", True)
    await client.get("/api/v1/customers/c1/journey")
    text = await (await client.get("/metrics")).text()
    assert 'toritsugi_part_ready{part="redis"} 1.0' in text
    assert 'toritsugi_part_ready{part="asterisk"} 0.0' in text
    assert 'route="/api/v1/customers/{customer}/journey",status="401"' in text
    assert "toritsugi_desktops 0.0" in text


async def test_page_is_served_for_every_address_within_it(client: Client, hub: Hub) -> None:
    root = hub.parts.web_dir
    assert root is not None
    assert (await client.get("/")).status == 404, "not built"
    (root / "index.html").write_text("<h1>取次</h1>")
    (root / "assets").mkdir()
    (root / "assets" / "app-1a2b.js").write_text("export {}")
    (root.parent / "outside.html").write_text("no")
    for path in ("/", "/contacts/k1"):
        response = await client.get(path)
        assert "取次" in await response.text()
        assert response.headers["Cache-Control"] == "no-cache"
    script = await client.get("/assets/app-1a2b.js")
    assert "immutable" in script.headers["Cache-Control"]
    for path in ("/missing.js", "/..%2foutside.html", "/api/v2/x", "/webhooks/line"):
        assert (await client.get(path)).status in (404, 405), path
