"""All errors of this package."""

from collections.abc import Sequence

from acd.dialect import Problem


class GatewayError(Exception):
    """Base of what goes wrong between the hub and a text channel."""


class AccountsWrong(GatewayError):
    """A file of accounts cannot be used; `problems` say where and what was expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


class WebhookRefused(GatewayError):
    """A webhook was not believed or not understood; `status` is the HTTP answer (400, 401, 404, 413).

    `shown` is what the sender is told of it.
    """

    def __init__(self, reason: str, *, status: int, shown: str = "") -> None:
        super().__init__(reason)
        self.reason, self.status, self.shown = reason, status, shown


class SendFailed(GatewayError):
    """The provider did not say that it took a message.

    `retryable`: the same request may succeed later. `retry_after_s`: the provider asked for that
    much patience. `in_doubt`: the provider may have taken the message all the same (no answer, 5xx).
    """

    def __init__(
        self, reason: str, *, retryable: bool, retry_after_s: float | None = None, in_doubt: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason, self.retryable = reason, retryable
        self.retry_after_s, self.in_doubt = retry_after_s, in_doubt


class FetchFailed(GatewayError):
    """A file that came with a message cannot be had; `retryable`: not now."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.retryable = retryable


class FileGone(GatewayError):
    """A kept file is not there any more: its time was over."""


class FilesUnavailable(GatewayError):
    """The place where files are kept cannot be reached."""

    retryable = True


class ReplyRefused(SendFailed):
    """The reply token was refused and nothing was sent: the message has to go without it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=True)


class StoreUnavailable(GatewayError):
    """The database did not take a write in time, or too many wait for it; trying again later may help."""

    retryable = True


class InboxUnavailable(StoreUnavailable):
    """An event was not stored: the webhook answers 503, so that the provider delivers it again."""


class InboxFull(InboxUnavailable):
    """More waits than may: the webhook answers 503, and the provider delivers again when there is room."""


class OutboxUnavailable(StoreUnavailable):
    """A message was not stored and will not be sent."""
