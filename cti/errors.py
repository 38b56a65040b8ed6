"""What can go wrong in call control."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from cti.ari import AriFailure, AriUnavailable


class CtiError(Exception):
    """Root of the tree. `retryable`: the same may succeed later, with nothing changed."""

    retryable: ClassVar[bool] = False


class CallGone(CtiError):
    """The customer hung up or left; `CallListener.call_gone` tells, or has told."""


class LegGone(CtiError):
    """The agent's leg is not there or was not answered; the listener tells, or has told."""


class CallRefused(CtiError):
    """Asterisk refused something about a call that is alive: a mistake of ours or of the configuration."""


class NodeUnavailable(CtiError):
    """No link to the Asterisk that has the call. Whether the order was carried out is not known."""

    retryable = True


@contextmanager
def failing_as(error: type[CtiError]) -> Iterator[None]:
    """Let what ARI refuses in the block be an `error`; without a link it is `NodeUnavailable`."""
    try:
        yield
    except AriUnavailable as failure:
        raise NodeUnavailable(str(failure)) from failure
    except AriFailure as failure:
        raise error(str(failure)) from failure
