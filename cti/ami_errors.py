"""What may go wrong on the link to AMI."""

from cti.errors import CtiError


class AmiError(CtiError):
    """Base of the errors of `cti.ami`."""


class AmiUnavailable(AmiError):
    """No link, or no answer in time. Whether the action was carried out is not known."""

    retryable = True


class AmiLoginRefused(AmiError):
    """Asterisk does not accept the user or its password (manager.conf)."""


class AmiRefused(AmiError):
    """Asterisk answered `Error`; `reason` in its own words."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action} was refused: {reason}")
        self.action, self.reason = action, reason
