"""What may go wrong with a softphone, all in one tree."""


class SoftphoneError(Exception):
    """Base of the errors of `cti.softphone`, and pjsua2's own refusals, in its words."""

    retryable = False


class EngineClosed(SoftphoneError):
    """The engine is not running: not yet, or no more."""


class TooManyCalls(SoftphoneError):
    """The process already carries as many call legs as pjsua2 is built for."""

    retryable = True


class RegistrationFailed(SoftphoneError):
    """The registrar refused, or did not answer; `code` is the SIP status."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"registration failed: {code} {reason}")
        self.code, self.reason = code, reason
        self.retryable = code == 408 or code >= 500


class CallEnded(SoftphoneError):
    """The call is over, so that what was wanted of it cannot be; `code` is the last SIP status."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"call ended: {code} {reason}")
        self.code, self.reason = code, reason


class TransferFailed(SoftphoneError):
    """The other side could not reach the transfer's target; the call itself goes on."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"transfer failed: {code} {reason}")
        self.code, self.reason = code, reason
