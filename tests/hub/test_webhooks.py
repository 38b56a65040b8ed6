"""Webhooks: what is believed is stored before it is answered, all else leaves nothing behind."""

import pytest

from acd.contact import Channel
from gateways.errors import InboxFull, InboxUnavailable
from gateways.form.conf import FieldType, Form, FormField
from gateways.form.gateway import FormGateway
from hub.http.app import BODY_MAX
from tests.hub.conftest import Client
from tests.hub.fakes import SIGNATURE, Hub

SIGNED = {"X-Signature": SIGNATURE}


def _count(hub: Hub, name: str, **labels: str) -> float:
    return hub.parts.registry.get_sample_value(name, labels) or 0.0


async def test_events_are_stored_once_and_answered_twice(client: Client, hub: Hub) -> None:
    for _ in range(2):
        response = await client.post("/webhooks/line", data=b"e1 e2", headers=SIGNED)
        assert response.status == 200
        assert await response.text() == "{}"
    assert set(hub.inbox.stored) == {"e1", "e2"}
    assert _count(hub, "toritsugi_webhook_events_total", channel="line", kind="new") == 2
    assert _count(hub, "toritsugi_webhook_events_total", channel="line", kind="duplicate") == 2


async def test_empty_webhook_is_answered(client: Client) -> None:
    assert (await client.post("/webhooks/line", data=b"", headers=SIGNED)).status == 200


async def test_wrong_signature_stores_nothing_but_a_counter(client: Client, hub: Hub) -> None:
    response = await client.post("/webhooks/line", data=b"e1", headers={"X-Signature": "wrong"})
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "refused"
    assert hub.inbox.stored == {}
    assert _count(hub, "toritsugi_webhooks_total", channel="line", outcome="401") == 1


async def test_full_or_absent_inbox_asks_for_redelivery(client: Client, hub: Hub) -> None:
    hub.inbox.error = InboxUnavailable("the database does not take events")
    response = await client.post("/webhooks/line", data=b"e1", headers=SIGNED)
    assert response.status == 503
    assert int(response.headers["Retry-After"]) > 0
    assert _count(hub, "toritsugi_webhooks_total", channel="line", outcome="503") == 1
    hub.inbox.error = None
    assert (await client.post("/webhooks/line", data=b"e1", headers=SIGNED)).status == 200


async def test_full_inbox_is_refused_with_its_reason(client: Client, hub: Hub) -> None:
    hub.inbox.error = InboxFull("100000 events wait to be handled")
    response = await client.post("/webhooks/line", data=b"e1", headers=SIGNED)
    assert response.status == 503
    assert response.headers["Retry-After"] == "60"
    assert "the inbox is full" in (await response.json())["error"]["message"]["en"]
    hub.inbox.error = InboxUnavailable("the database does not take events")
    await client.post("/webhooks/line", data=b"e1", headers=SIGNED)
    for reason in ("full", "unavailable"):
        assert _count(hub, "toritsugi_webhooks_unavailable_total", channel="line", reason=reason) == 1
    assert hub.inbox.stored == {}


async def test_body_beyond_the_limit_is_not_even_read(client: Client, hub: Hub) -> None:
    response = await client.post("/webhooks/line", data=b"e" * (BODY_MAX + 1), headers=SIGNED)
    assert response.status == 413
    assert hub.inbox.stored == {}
    assert _count(hub, "toritsugi_webhooks_total", channel="line", outcome="413") == 1


async def test_a_channel_has_a_limit_of_its_own(client: Client, hub: Hub) -> None:
    hub.parts.gateways[Channel.LINE].body_max = BODY_MAX + 10
    for size, status in ((BODY_MAX + 10, 200), (BODY_MAX + 11, 413)):
        response = await client.post("/webhooks/line", data=b"e" * size, headers=SIGNED)
        assert response.status == status


async def test_a_form_may_be_on_another_site(client: Client) -> None:
    headers = SIGNED | {"Origin": "https://shop.example"}
    assert (await client.post("/webhooks/line", data=b"e1", headers=headers)).status == 200


PAGE = "https://www.example.jp"


@pytest.fixture
def form(hub: Hub) -> str:
    """A form that scripts of a site may send; returns its address."""
    fields = (FormField("email", FieldType.EMAIL, is_required=True),)
    form = Form(name="contact", title="Contact", fields=fields, origins=(PAGE,), rate=2)
    gateways = hub.parts.gateways
    assert isinstance(gateways, dict)
    gateways[Channel.TICKET] = FormGateway({"contact": form}, b"0123456789" * 4)
    return "/webhooks/ticket/contact"


async def test_a_script_of_another_site_may_send_a_form_as_json(client: Client, form: str) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    preflight = await client.options(form, headers=asked)
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == PAGE
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    answers = [
        await client.post(form, json={"email": value}, headers={"Origin": PAGE})
        for value in ("a@example.jp", "nonsense", "b@example.jp", "c@example.jp")
    ]
    assert [each.status for each in answers] == [200, 400, 200, 429]
    assert {each.headers["Access-Control-Allow-Origin"] for each in answers} == {PAGE}
    assert "email" in (await answers[1].json())["error"]["message"]["en"]


async def test_any_other_page_may_not(client: Client, form: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in (await client.options(form, headers=asked)).headers
    refused = await client.post(form, json={"email": "a@example.jp"}, headers=asked)
    assert refused.status == 403
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert (await client.options("/webhooks/line", headers=asked)).status == 405


async def test_a_form_that_is_too_large_is_refused_so_that_its_page_can_tell(
    client: Client, hub: Hub, form: str
) -> None:
    hub.parts.gateways[Channel.TICKET].body_max = 10
    answer = await client.post(form, json={"email": "a@example.jp"}, headers={"Origin": PAGE})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (413, PAGE)


@pytest.mark.parametrize("channel", ["sms", "nonsense"])
async def test_channel_that_is_not_set_up_is_not_there(client: Client, channel: str) -> None:
    response = await client.post(f"/webhooks/{channel}", data=b"", headers=SIGNED)
    assert response.status == 404


async def test_failure_of_ours_is_500_and_counted(client: Client, hub: Hub) -> None:
    hub.inbox.error = RuntimeError("bug")
    assert (await client.post("/webhooks/line", data=b"e1", headers=SIGNED)).status == 500
    assert _count(hub, "toritsugi_webhooks_total", channel="line", outcome="failed") == 1


async def test_cookies_and_origins_play_no_part(client: Client, bearer: object) -> None:
    headers = SIGNED | {"Cookie": "other=1"}
    assert (await client.post("/webhooks/line", data=b"e1", headers=headers)).status == 200
