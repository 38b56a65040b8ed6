"""What may go wrong in this package, all in one tree."""

from collections.abc import Sequence

from acd.dialect import Problem


class AcdError(Exception):
    """Base of the errors of `acd`. `retryable`: whether the same call may succeed later."""

    retryable = False


class SettingsError(AcdError):
    """The queue files cannot be used; `problems` says where and what was expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BrokenInvariant(AcdError):
    """The routing core contradicts itself: a bug."""


class AcdUnavailable(AcdError):
    """Redis is away or did not answer in time."""

    retryable = True


class AcdFull(AcdError):
    """More events wait for the router than it may let wait."""

    retryable = True


class ActionsLost(AcdError):
    """A reader of actions was away too long: what it missed is gone; begin anew from a snapshot."""


class LeaseLost(AcdError):
    """Another router leads now, so that a commit was refused."""

    retryable = True
