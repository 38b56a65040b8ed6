"""The messages of the events WebSocket, as bytes and as values. No I/O.

Events, requests and answers share the socket: Asterisk's `RESTRequest` and `RESTResponse` messages.
"""

from collections.abc import Mapping

import msgspec
import structlog

from cti.ari.errors import AriError, NotFound
from cti.ari.models import AnyMessage, Message, RESTQueryStringParameter, RESTRequest, RESTResponse

log = structlog.get_logger()


class UnknownEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the description does not know, or not like this: `body` is the whole message."""

    kind: str
    body: bytes


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""


class _Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What Asterisk says in a refusal; both names are in use."""

    message: str = ""
    error: str = ""


_messages = msgspec.json.Decoder(AnyMessage)
_kinds = msgspec.json.Decoder(_Kind)


def decode(frame: bytes) -> Message | UnknownEvent:
    """Read one text frame. Raises `msgspec.DecodeError` only for what is not a JSON object."""
    try:
        message: Message = _messages.decode(frame)
    except msgspec.ValidationError as error:
        kind = _kinds.decode(frame).type
        log.warning("ari.event_unknown", kind=kind, reason=str(error))
        return UnknownEvent(kind=kind, body=frame)
    else:
        return message


def encode_request(
    request_id: str, method: str, path: str, query: Mapping[str, str], body: bytes | None
) -> bytes:
    """Write one request; `path` begins with a slash, its segments are percent-encoded."""
    return msgspec.json.encode(
        RESTRequest(
            transaction_id=request_id,
            request_id=request_id,
            method=method,
            uri=path.removeprefix("/"),
            content_type=None if body is None else "application/json",
            query_strings=[RESTQueryStringParameter(name=name, value=value) for name, value in query.items()]
            or None,
            message_body=None if body is None else body.decode(),
        )
    )


def body_of(response: RESTResponse, method: str, path: str) -> bytes:
    """Return the body of a 2xx answer; raises `AriError` for any other."""
    body = (response.message_body or "").encode()
    if 200 <= response.status_code < 300:
        return body
    raise refusal(response.status_code, body or response.reason_phrase.encode(), method, path)


def refusal(status: int, body: bytes, method: str, path: str) -> AriError:
    """Return the error that stands for an answer of 4xx or 5xx."""
    try:
        complaint = msgspec.json.decode(body, type=_Complaint)
        message = complaint.message or complaint.error
    except msgspec.DecodeError:
        message = body.decode(errors="replace")[:200]
    kind = NotFound if status == 404 else AriError
    return kind(status, message, method, path)
