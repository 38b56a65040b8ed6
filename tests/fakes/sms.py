"""An SMS provider that takes JSON by HTTP and knows a repeated request by its Idempotency-Key."""

import re
from collections.abc import Callable

import msgspec

from tests.fakes.customers import Customers, Shown
from tests.fakes.line_checks import Answer

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: str
    text: str
    sender: str | None = msgspec.field(default=None, name="from")


class SmsSimulator:
    """Delivers each key once and answers a repetition as it did the first time."""

    def __init__(self, customers: Customers, *, now_ms: Callable[[], int]) -> None:
        self._customers, self._now_ms = customers, now_ms
        self._taken: dict[str, tuple[object, Answer]] = {}

    def send(self, body: object, key: str | None) -> Answer:
        if not key:
            return Answer(400, {"error": "Idempotency-Key is missing"})
        if key in self._taken:
            first, answer = self._taken[key]
            return answer if body == first else Answer(422, {"error": "the key came with another message"})
        try:
            message = msgspec.convert(body, _Message)
        except ValueError as error:
            return Answer(400, {"error": str(error)})
        if not _E164.fullmatch(message.to) or not message.text:
            return Answer(400, {"error": "expected a number in E.164 form and a text"})
        self._customers.show(Shown(message.to, message.text, "sms", self._now_ms()))
        answer = Answer(201, {"id": f"sms-{len(self._taken) + 1}"})
        self._taken[key] = (body, answer)
        return answer
