"""What the generated resources stand on: turning a call of a method into a request and its answer back."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import quote

import msgspec

from cti.ari.errors import AnswerUnreadable

T = TypeVar("T")
QueryValue = str | int | float | bool | Sequence[str] | None


class Requester(Protocol):
    """Whatever carries a request to Asterisk and brings the body of its answer."""

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        """Return the body of a 2xx answer; raises `AriError` for any other, `AriUnavailable` for none."""


class Resource:
    """One of ARI's resources (`channels`, `bridges`...)."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def _tell(
        self, method: str, path: str, query: Mapping[str, QueryValue], body: object = None
    ) -> bytes:
        encoded = None if body is None else msgspec.json.encode(body)
        return await self._requester.request(method, path, _texts(query), encoded)

    async def _ask(
        self, kind: type[T], method: str, path: str, query: Mapping[str, QueryValue], body: object = None
    ) -> T:
        answer = await self._tell(method, path, query, body)
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError as error:
            raise AnswerUnreadable(f"{method} {path}: {error}") from error


def segment(name: str) -> str:
    """Return a name as it may stand between two slashes of a path."""
    return quote(name, safe="")


def _texts(query: Mapping[str, QueryValue]) -> dict[str, str]:
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: QueryValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ",".join(value or ())
