"""The HTTP API is told whatever its description allows, and what it does not: it answers as described."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.hub.conftest import Client

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SEED = 7


@pytest.mark.parametrize(("who", "examples"), [("abe", 8), (None, 2)])
async def test_every_operation_answers_as_described(
    client: Client, bearer: Callable[[str], Awaitable[dict[str, str]]], who: str | None, examples: int
) -> None:
    """An administrator, and somebody who has not signed in."""
    document = await (await client.get("/api/openapi.json")).json()
    headers = await bearer(who) if who else {}
    base_url = str(client.make_url("/")).rstrip("/")
    await asyncio.to_thread(_fuzz, document, base_url, headers, examples)


def _fuzz(document: dict[str, Any], base_url: str, headers: dict[str, str], examples: int) -> None:
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.label in ("DELETE /api/v1/session", "POST /api/v1/session"):
            continue  # would end the session that the others need, or wait for long

        @seed(SEED)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers_as_described(case: schemathesis.Case[Any]) -> None:
            response = case.call(base_url=base_url, headers=headers)
            case.validate_response(response, checks=CHECKS)

        answers_as_described()
