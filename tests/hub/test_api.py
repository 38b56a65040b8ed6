"""The operations of /api/v1, their errors, and the document that describes them."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from crm_bridge.errors import CrmUnavailable
from hub.desktop.refusals import Refusal
from hub.http.app import BODY_MAX
from hub.services.agents_conf import sip_digest
from tests.hub.conftest import Client
from tests.hub.fakes import Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]


async def _document(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = await (await client.get("/api/openapi.json")).json()
    return document


async def test_document_is_valid_openapi(client: Client) -> None:
    document = await _document(client)
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


async def test_every_route_is_in_the_document(client: Client) -> None:
    document = await _document(client)
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert client.app is not None
    served = {
        (route.method, route.resource.canonical)
        for route in client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(("/api/v1", "/files/"))
    }
    implied = {("HEAD", path) for method, path in served if method == "GET"}  # aiohttp adds these
    assert described == served - (implied - described)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
            assert named == re.findall(r"{(\w+)}", path)


async def test_answers_are_as_described(client: Client, bearer: Bearer) -> None:
    document = await _document(client)
    response = await client.get("/api/v1/customers/c1/journey?limit=2", headers=await bearer("sato"))
    body = await response.json()
    assert [item["at_ms"] for item in body["items"]] == [1, 2]
    schema = document["components"]["schemas"]["JourneyItem"]
    assert set(body["items"][0]) == set(schema["properties"])


async def test_admin_adds_an_agent_and_sees_the_passwords_once(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    headers = await bearer("abe")
    new = {"id": "mori", "name": "森", "role": "supervisor"}
    response = await client.post("/api/v1/agents", json=new, headers=headers)
    assert response.status == 201
    body = await response.json()
    assert body["agent"]["name"] == "森"
    assert (await hub.parts.sign_in.begin("mori", body["password"], "::1")).account.role == "supervisor"
    phones = {agent.id: agent for agent in await hub.parts.accounts.sip_agents()}
    assert phones["mori"].digest == sip_digest("mori", body["sip_password"])
    listed = await (await client.get("/api/v1/agents", headers=headers)).text()
    assert "mori" in listed
    assert body["password"] not in listed
    again = await client.post("/api/v1/agents", json=new, headers=headers)
    assert again.status == 409
    assert (await again.json())["error"]["code"] == "agent_exists"


async def test_admin_gives_an_agent_an_extension(client: Client, bearer: Bearer) -> None:
    admin = await bearer("abe")
    agent = {"id": "mori", "name": "森", "extension": "202"}
    assert (await client.post("/api/v1/agents", json=agent, headers=admin)).status == 201

    async def give(agent: str, extension: str) -> int:
        url, body = f"/api/v1/agents/{agent}/extension", {"extension": extension}
        return (await client.put(url, json=body, headers=admin)).status

    assert (await give("admin", "202"), await give("admin", "0"), await give("nobody", "9")) == (
        400,
        400,
        400,
    )
    assert (await give("nobody", "99"), await give("mori", "203")) == (404, 204)
    listed = await (await client.get("/api/v1/agents", headers=admin)).json()
    extensions = {each["id"]: each["extension"] for each in listed["agents"]}
    assert (extensions["abe"], extensions["mori"]) == ("", "203")


async def test_admin_says_in_which_language_the_phone_speaks_to_an_agent(
    client: Client, bearer: Bearer
) -> None:
    admin = await bearer("abe")
    agent = {"id": "mori", "name": "森", "language": "en"}
    assert (await client.post("/api/v1/agents", json=agent, headers=admin)).status == 201

    async def speak(agent: str, language: str) -> int:
        url, body = f"/api/v1/agents/{agent}/language", {"language": language}
        return (await client.put(url, json=body, headers=admin)).status

    answers = [await speak(*each) for each in (("abe", "en"), ("abe", "de"), ("nobody", "ja"))]
    assert answers == [204, 400, 404]
    listed = await (await client.get("/api/v1/agents", headers=admin)).json()
    languages = {each["id"]: each["language"] for each in listed["agents"]}
    assert (languages["abe"], languages["mori"], languages["sato"]) == ("en", "en", "")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "Mori", "name": "M"},
        {"id": "mori"},
        {"id": "mori", "name": ""},
        {"id": "mori", "name": "\n"},
        {"id": "mori", "name": "M", "role": "king"},
        {"id": "mori", "name": "M", "password": "short-pwd"},
        {"id": "mori", "name": "M", "more": 1},
        [],
    ],
)
async def test_bad_account_is_refused_with_what_was_expected(
    client: Client, bearer: Bearer, body: object
) -> None:
    response = await client.post("/api/v1/agents", json=body, headers=await bearer("abe"))
    assert response.status == 400
    error = (await response.json())["error"]
    assert error["code"] == "bad_request"
    assert "(" in error["message"]["en"]
    assert "short-pwd" not in await response.text(), "what was given may be a password"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("PUT", "/api/v1/agents", 405, "method_not_allowed"),
        ("GET", "/api/v1/customers/c2/journey", 404, "not_found"),
        ("GET", "/api/v1/customers/c1/journey?limit=0", 400, "bad_request"),
        ("GET", "/api/v1/contacts/k2/routing", 404, "not_found"),
    ],
)
async def test_errors_have_one_shape(
    client: Client, bearer: Bearer, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path, headers=await bearer("abe"))
    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert set(error["message"]) == {"ja", "en"}


async def test_what_is_away_is_503_and_what_is_broken_500(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("sato")
    hub.journey.error = CrmUnavailable("away")
    response = await client.get("/api/v1/customers/c1/journey", headers=headers)
    assert response.status == 503
    assert "Retry-After" in response.headers
    hub.journey.error = ZeroDivisionError("secret detail")
    response = await client.get("/api/v1/customers/c1/journey", headers=headers)
    assert response.status == 500
    assert "secret detail" not in await response.text()


async def test_body_must_be_json_and_not_too_large(client: Client) -> None:
    response = await client.post("/api/v1/session", data=b"{}")
    assert response.status == 415
    headers = {"Content-Type": "application/json"}
    response = await client.post("/api/v1/session", data=b" " * (BODY_MAX + 1), headers=headers)
    assert response.status == 413
    assert (await response.json())["error"]["code"] == "too_large"


async def test_dead_letter_is_resent_once_found(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("kato")
    body = await (await client.get("/api/v1/dead-letters", headers=headers)).json()
    letter = {name: body["dead_letters"][0][name] for name in ("kind", "channel", "key")}
    response = await client.post("/api/v1/dead-letters/resend", json=letter, headers=headers)
    assert response.status == 202
    assert hub.dead_letters.resent == ["m1"]
    unknown = letter | {"key": "m2"}
    assert (await client.post("/api/v1/dead-letters/resend", json=unknown, headers=headers)).status == 404


async def test_routing_is_explained(client: Client, bearer: Bearer) -> None:
    response = await client.get("/api/v1/contacts/k1/routing", headers=await bearer("kato"))
    body = await response.json()
    text = {"ja": "容量に空きがない", "en": "has no room for it beside the other contacts"}
    now, (closed,) = body["now"], body["history"]
    assert now["considered"] == [{"agent": "sato", "rule": "no_capacity", "text": text}]
    assert (now["state"], now["position"], now["wait_ms"]) == ("waiting", 2, None)
    assert now["ahead"] == [{"contact": "k3", "score": 4}]
    assert (closed["kind"], closed["text"]["en"]) == ("closed", "closed (hung up while waiting)")
    document = await _document(client)
    for name, found in (("ContactRouting", body), ("Standing", now), ("Happened", closed)):
        assert set(found) == set(document["components"]["schemas"][name]["properties"])


async def test_agents_are_told_of_the_contacts_that_they_had(client: Client, bearer: Bearer) -> None:
    headers = await bearer("sato")
    ended = await client.get("/api/v1/contacts/k0/routing", headers=headers)
    assert (await ended.json())["now"] is None
    other = await client.get("/api/v1/contacts/k1/routing", headers=headers)
    assert other.status == 403
    assert (await other.json())["error"]["code"] == "forbidden"
    assert (await client.get("/api/v1/contacts/k2/routing", headers=headers)).status == 404


async def test_answers_carry_security_headers(client: Client) -> None:
    for path in ("/api/v1/me", "/healthz", "/nothing.png"):
        headers = (await client.get(path)).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await client.get("/api/v1/me")).headers["Cache-Control"] == "no-store"


async def test_a_command_is_carried_out(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("sato")
    response = await client.post("/api/v1/commands", json={"type": "hold", "contact": "c1"}, headers=headers)
    assert (response.status, await response.text()) == (204, "")
    ((agent, command),) = hub.handler.commands
    assert (agent, command.type) == ("sato", "hold")


@pytest.mark.parametrize(
    ("code", "status"),
    [("unknown_contact", 404), ("not_yours", 403), ("wrong_state", 409), ("target_busy", 409)],
)
async def test_a_refused_command_says_why(
    client: Client, hub: Hub, bearer: Bearer, code: str, status: int
) -> None:
    hub.handler.refuses = Refusal(code)
    headers = await bearer("sato")
    response = await client.post("/api/v1/commands", json={"type": "hold", "contact": "c1"}, headers=headers)
    assert (response.status, (await response.json())["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "command", [{}, [], {"type": "fly"}, {"type": "hold"}, {"type": "dial", "number": ""}, {"type": "ping"}]
)
async def test_what_is_no_command_is_a_bad_request(client: Client, bearer: Bearer, command: object) -> None:
    response = await client.post("/api/v1/commands", json=command, headers=await bearer("sato"))
    assert (response.status, (await response.json())["error"]["code"]) == (400, "bad_request")
