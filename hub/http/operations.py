"""Operations of the API: a typed function each, from whose signature both checks and document follow.

    @api.operation("GET", "/customers/{customer}/journey", role=Role.AGENT)
    async def journey(call: Call, customer: CustomerId, query: JourneyQuery) -> JourneyAnswer:

Parameters after the first: `body` and `query` are pydantic models, all others parts of the path.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from hub.accounts import Account, Role
from hub.http.credentials import account_of
from hub.http.parts import HttpParts
from hub.http.problems import Code, RequestRefused

PREFIX = "/api/v1"
_READ_S = 10.0

Function = Callable[..., Awaitable[Any]]
F = TypeVar("F", bound=Function)


@dataclass(slots=True)
class Call:
    """One request to an operation. `response` is what a success is sent with: cookies may be put on it."""

    parts: HttpParts
    request: web.Request
    account: Account | None
    response: web.Response

    @property
    def caller(self) -> Account:
        """Who calls an operation that has a role."""
        assert self.account is not None, "only operations without a role are called by nobody"
        return self.account


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path. `role` None: for everybody. `codes`: the errors of its own.

    `brings_file`: the body is a file.
    """

    method: str
    path: str
    tag: str
    role: Role | None
    status: int
    codes: tuple[Code, ...]
    function: Function
    path_names: tuple[str, ...]
    query: TypeAdapter[BaseModel] | None
    body: TypeAdapter[BaseModel] | None
    answer: TypeAdapter[Any] | None
    brings_file: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def summary(self) -> str:
        return inspect.getdoc(self.function) or ""

    async def serve(self, parts: HttpParts, request: web.Request) -> web.StreamResponse:
        """Check the request, call the function, answer with what it returns."""
        response = web.Response(status=self.status)
        call = Call(parts, request, await self._account(parts, request), response)
        arguments: dict[str, object] = {name: request.match_info[name] for name in self.path_names}
        if self.query is not None:
            arguments["query"] = _validated(self.query.validate_python, dict(request.query))
        if self.body is not None:
            arguments["body"] = _validated(self.body.validate_json, await _json(request))
        result = await self.function(call, **arguments)
        if isinstance(result, web.StreamResponse):
            return result
        if self.answer is not None:
            response.content_type = "application/json"
            response.body = self.answer.dump_json(result)
        return response

    async def _account(self, parts: HttpParts, request: web.Request) -> Account | None:
        if self.role is None:
            return None
        account = await account_of(parts.sign_in, request)
        if account is None:
            raise RequestRefused(Code.NOT_SIGNED_IN)
        if not account.role.covers(self.role):
            raise RequestRefused(Code.FORBIDDEN, f"role {self.role}")
        return account


class Operations:
    """The operations of one subject."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Operation] = []

    def operation(
        self,
        method: str,
        path: str,
        *,
        role: Role | None,
        status: int = 200,
        codes: tuple[Code, ...] = (),
        prefix: str = PREFIX,
        brings_file: bool = False,
    ) -> Callable[[F], F]:
        """Make an operation of a function; `path` goes on from `prefix`.

        With `brings_file` the function reads the request's body itself: a file, or a form with one.
        """

        def register(function: F) -> F:
            hints = get_type_hints(function)
            answer = hints.pop("return")
            _, *names = inspect.signature(function).parameters
            given = {name: TypeAdapter(hints[name]) for name in ("query", "body") if name in names}
            self.all.append(
                Operation(
                    method=method,
                    path=prefix + path,
                    tag=self.tag,
                    role=role,
                    status=status,
                    codes=codes,
                    function=function,
                    path_names=tuple(name for name in names if name not in given),
                    query=given.get("query"),
                    body=given.get("body"),
                    answer=_adapter(answer),
                    brings_file=brings_file,
                )
            )
            return function

        return register


def _adapter(answer: Any) -> TypeAdapter[Any] | None:
    """Return how an answer is written; None if there is none, or the function writes it itself."""
    is_bare = answer is type(None) or (isinstance(answer, type) and issubclass(answer, web.StreamResponse))
    return None if is_bare else TypeAdapter(answer)


async def _json(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise RequestRefused(Code.NOT_JSON)
    return await read_body(request)


async def read_body(request: web.Request) -> bytes:
    """Read a whole body, within the application's size limit and a few seconds."""
    try:
        async with asyncio.timeout(_READ_S):
            return await request.read()
    except TimeoutError:
        raise RequestRefused(Code.TIMEOUT) from None


def _validated(validate: Callable[[Any], BaseModel], given: object) -> BaseModel:
    try:
        return validate(given)
    except ValidationError as error:
        # Only places and expectations: what was given may be a password.
        details = error.errors(include_url=False, include_context=False, include_input=False)
        told = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in details[:5]
        )
        raise RequestRefused(Code.BAD_REQUEST, told) from None
