"""What can go wrong in the hub itself; the packages have trees of their own."""

from collections.abc import Sequence


class HubError(Exception):
    """Root of the hub's errors. `retryable`: the same call may succeed later."""

    retryable = False


class SettingsInvalid(HubError):
    """Environment variables are missing or wrong; each problem names one and what was expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class DatabaseUnavailable(HubError):
    """The database cannot be reached or did not take a statement in time."""

    retryable = True


class AccountExists(HubError):
    """An account of this id is there already; ids are never given out twice."""


class UnknownAccount(HubError):
    """No account has this id."""


class AccountInvalid(HubError):
    """An account cannot be like this; the message says what was expected."""


class OutOfReach(HubError):
    """The account is of a higher role than whose deed it would be."""


class AgentAway(HubError):
    """The agent is not signed in."""


class UnknownQueue(HubError):
    """`queues.conf` has no queue of this name."""


class UnknownMember(HubError):
    """The agent was not added to this queue."""


class MemberOfFiles(HubError):
    """The agent is a member by `queues.conf`, which only its editor changes."""


class SignInRefused(HubError):
    """Unknown id, wrong password or disabled account: which of them is not said."""


class TooManyTries(HubError):
    """Sign-in has to pause for `wait_s` seconds after failures."""

    retryable = True

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class TooBusy(HubError):
    """As many passwords as may wait to be checked do so already."""

    retryable = True
