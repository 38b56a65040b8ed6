"""What can go wrong with a service. Each message says what was tried; `remedy` says what to do."""


class ServiceError(Exception):
    """A service could not be set up, started or stopped."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}\n  {remedy}" if remedy else message)
        self.remedy = remedy


class RenderError(ServiceError):
    """A configuration file cannot be rendered; the message names file and line."""


class ProgramMissing(ServiceError):
    """A program is not on this machine, or too old."""


class PortTaken(ServiceError):
    """Another program listens where the service should."""


class StartFailed(ServiceError):
    """A service ended or did not become ready in time; the message carries the end of its log."""
