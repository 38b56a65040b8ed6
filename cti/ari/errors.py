"""What can go wrong between a program and ARI."""

from typing import ClassVar


class AriFailure(Exception):
    """Root of the tree. `retryable`: the same request may succeed later, with nothing changed."""

    retryable: ClassVar[bool] = False


class AriUnavailable(AriFailure):
    """Asterisk gave no answer: not connected, connection lost, too slow, or too many requests in flight.

    Whether the request was carried out is not known; the snapshot of the next connection tells.
    """

    retryable = True


class AriError(AriFailure):
    """Asterisk refused a request: `status` is the HTTP status (4xx, 5xx), `message` Asterisk's words."""

    def __init__(self, status: int, message: str, method: str, path: str) -> None:
        super().__init__(f"{method} {path}: {status} {message}")
        self.status, self.message, self.method, self.path = status, message, method, path


class NotFound(AriError):
    """What the path names does not exist, or exists no more (404)."""


class AnswerUnreadable(AriFailure):
    """Asterisk answered with something other than its own description says."""
