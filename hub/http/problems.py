"""What the HTTP API answers when it does not do what it was asked: one shape, one table.

{"error": {"code": "not_found", "message": {"ja": "...", "en": "..."}}}
"""

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from hub.bilingual import Bilingual
from hub.desktop.refusals import Refusal
from hub.errors import HubError


class Code(StrEnum):
    """Codes of errors; clients go by these."""

    BAD_REQUEST = "bad_request"
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_SIGN_IN = "wrong_sign_in"
    FORBIDDEN = "forbidden"
    FOREIGN_ORIGIN = "foreign_origin"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TIMEOUT = "timeout"
    AGENT_EXISTS = "agent_exists"
    DAMAGED = "damaged"
    MEMBER_OF_FILES = "member_of_files"
    AGENT_AWAY = "agent_away"
    TOO_LARGE = "too_large"
    FILE_REFUSED = "file_refused"
    NOT_JSON = "not_json"
    TOO_MANY_TRIES = "too_many_tries"
    REFUSED = "refused"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


_TABLE: dict[Code, tuple[HTTPStatus, Bilingual]] = {
    Code.BAD_REQUEST: (
        HTTPStatus.BAD_REQUEST,
        Bilingual("リクエストの内容が正しくありません。", "The request is not as expected."),
    ),
    Code.NOT_SIGNED_IN: (HTTPStatus.UNAUTHORIZED, Bilingual("サインインしてください。", "Please sign in.")),
    Code.WRONG_SIGN_IN: (
        HTTPStatus.UNAUTHORIZED,
        Bilingual("IDまたはパスワードが違います。", "Id and password do not fit."),
    ),
    Code.FORBIDDEN: (
        HTTPStatus.FORBIDDEN,
        Bilingual("この操作を行う権限がありません。", "Your role does not allow this."),
    ),
    Code.FOREIGN_ORIGIN: (
        HTTPStatus.FORBIDDEN,
        Bilingual("別のサイトからの操作は受け付けません。", "Requests from other sites are refused."),
    ),
    Code.NOT_FOUND: (HTTPStatus.NOT_FOUND, Bilingual("見つかりません。", "There is no such thing.")),
    Code.METHOD_NOT_ALLOWED: (
        HTTPStatus.METHOD_NOT_ALLOWED,
        Bilingual("このメソッドは使えません。", "This method cannot be used here."),
    ),
    Code.TIMEOUT: (
        HTTPStatus.REQUEST_TIMEOUT,
        Bilingual("リクエストが時間内に届きませんでした。", "The request did not arrive in time."),
    ),
    Code.AGENT_EXISTS: (
        HTTPStatus.CONFLICT,
        Bilingual("このIDはすでに使われています。", "This id is taken."),
    ),
    Code.DAMAGED: (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Bilingual(
            "保存されたデータが壊れているか、改変されています。",
            "What was stored is damaged, or was changed.",
        ),
    ),
    Code.MEMBER_OF_FILES: (
        HTTPStatus.CONFLICT,
        Bilingual(
            "queues.conf に書かれたメンバーです。queues.conf を編集してください。",
            "This member stands in queues.conf: please edit that file.",
        ),
    ),
    Code.AGENT_AWAY: (
        HTTPStatus.CONFLICT,
        Bilingual("サインインしていません。", "The agent is not signed in."),
    ),
    Code.TOO_LARGE: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Bilingual("リクエストが大きすぎます。", "The request is too large."),
    ),
    Code.FILE_REFUSED: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Bilingual("このファイルは送信できません。", "This file cannot be sent."),
    ),
    Code.NOT_JSON: (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        Bilingual("application/json で送信してください。", "Expected application/json."),
    ),
    Code.TOO_MANY_TRIES: (
        HTTPStatus.TOO_MANY_REQUESTS,
        Bilingual(
            "サインインの失敗が続いたため、しばらく受け付けません。",
            "Too many failed sign-ins: please wait a while.",
        ),
    ),
    Code.REFUSED: (HTTPStatus.BAD_REQUEST, Bilingual("受け付けられません。", "The request was refused.")),
    Code.INTERNAL: (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        Bilingual("内部エラーが発生しました。", "Something went wrong in the hub."),
    ),
    Code.UNAVAILABLE: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        Bilingual(
            "現在利用できません。しばらくしてからお試しください。", "Not available now: please try again."
        ),
    ),
}


class ErrorBody(BaseModel):
    """What went wrong, for programs (`code`) and for people (`message`)."""

    model_config = ConfigDict(frozen=True)

    code: Code | Refusal
    message: Bilingual


class ErrorAnswer(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(frozen=True)

    error: ErrorBody


class RequestRefused(HubError):
    """Ends a request; `detail` (English) says what was expected, `status` overrules the code's own."""

    def __init__(
        self, code: Code, detail: str = "", *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.retry_after_s = code, detail, retry_after_s
        self.status = status if status is not None else status_of(code)

    def answer(self) -> web.Response:
        message = _TABLE[self.code][1]
        if self.detail:
            message = Bilingual(f"{message.ja}({self.detail})", f"{message.en} ({self.detail})")
        answer = problem(self.status, self.code, message)
        if self.retry_after_s is not None:
            answer.headers["Retry-After"] = str(math.ceil(self.retry_after_s))
        return answer

    def answer_with(self, more: Mapping[str, object]) -> web.Response:
        """Answer with something beside the error."""
        return _with(self.answer(), more)


def _with(answer: web.Response, more: Mapping[str, object]) -> web.Response:
    """Put something beside the error."""
    assert isinstance(answer.body, bytes), "it was made here"
    answer.body = json.dumps({**json.loads(answer.body), **more}).encode()
    return answer


def problem(status: int, code: Code | Refusal, message: Bilingual) -> web.Response:
    """Make the answer to what is not done."""
    body = ErrorAnswer(error=ErrorBody(code=code, message=message))
    return web.Response(status=status, body=body.model_dump_json().encode(), content_type="application/json")


def status_of(code: Code) -> int:
    """Return the HTTP status that goes with a code."""
    return _TABLE[code][0]
