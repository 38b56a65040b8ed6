"""The document at `/api/openapi.json` (OpenAPI 3.1), made from the operations."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from hub.http.credentials import COOKIE
from hub.http.operations import Operation
from hub.http.problems import Code, ErrorAnswer, status_of

_REF = "#/components/schemas/{model}"
_ERROR: TypeAdapter[Any] = TypeAdapter(ErrorAnswer)
_Mode = Literal["validation", "serialization"]
_Schemas = dict[tuple[int, _Mode], dict[str, Any]]
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
_BINARY = {"type": "string", "format": "binary"}
_FILE = {
    "application/octet-stream": {"schema": _BINARY},
    "multipart/form-data": {"schema": {"type": "object", "properties": {"file": _BINARY}}},
}
_DESCRIPTION = (
    "Sign in with `POST /api/v1/session`. Programs send its token as `Authorization: Bearer`; browsers have "
    "it as a cookie and must send `Origin` with whatever changes something."
)


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """Return the whole document as builtin types."""
    schemas, definitions = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Toritsugi", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": _SECURITY},
    }


def _schemas(operations: Sequence[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    """Return a schema for each adapter and direction, and the definitions that they refer to."""
    inputs: list[tuple[int, _Mode, TypeAdapter[Any]]] = [(id(_ERROR), "serialization", _ERROR)]
    for operation in operations:
        inputs += [(id(each), "validation", each) for each in (operation.query, operation.body) if each]
        inputs += [(id(operation.answer), "serialization", operation.answer)] if operation.answer else []
    schemas, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return dict(schemas), rest.get("$defs", {})


def _described(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": _responses(operation, schemas),
        "security": [{name: []} for name in _SECURITY] if operation.role else [],
    }
    if operation.role:
        described["description"] = f"For the role `{operation.role}` and above."
    if parameters := [*_path_parameters(operation), *_query_parameters(operation, schemas)]:
        described["parameters"] = parameters
    if operation.body is not None:
        content = _content(schemas[id(operation.body), "validation"])
        described["requestBody"] = {"required": True, "content": content}
    if operation.brings_file:
        described["requestBody"] = {"required": True, "content": _FILE}
    return described


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        success["content"] = _content(schemas[id(operation.answer), "serialization"])
    by_status: dict[int, list[Code]] = {}
    for code in _codes(operation):
        by_status.setdefault(status_of(code), []).append(code)
    error = _content(schemas[id(_ERROR), "serialization"])
    refusals = {
        str(int(status)): {"description": " or ".join(f"`{code}`" for code in codes), "content": error}
        for status, codes in sorted(by_status.items())
    }
    return {str(operation.status): success, **refusals}


def _codes(operation: Operation) -> Iterable[Code]:
    yield from operation.codes
    if operation.query or operation.body:
        yield Code.BAD_REQUEST
    if operation.body:
        yield from (Code.NOT_JSON, Code.TOO_LARGE, Code.TIMEOUT)
    if operation.role:
        yield from (Code.NOT_SIGNED_IN, Code.FORBIDDEN)
    if operation.method != "GET" or operation.status == HTTPStatus.SWITCHING_PROTOCOLS:
        yield Code.FOREIGN_ORIGIN
    yield Code.UNAVAILABLE


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in operation.path_names
    ]


def _query_parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.json_schema(ref_template=_REF)
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": each}
        for name, each in schema["properties"].items()
    ]


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
