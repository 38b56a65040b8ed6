"""Why files are not kept, or not sent."""

from acd.words import Word
from hub.errors import HubError


class Refused(Word):
    """Why a file was not kept: what `MessageFile.refused` says.

    `NOT_SCANNED` is kept, and is nobody's to read until the virus scanner was asked.
    """

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TYPE = "type"
    EXECUTABLE = "executable"
    BOMB = "bomb"
    VIRUS = "virus"
    NOT_SCANNED = "not_scanned"
    GONE = "gone"
    NOT_KEPT = "not_kept"


class FileRefused(HubError):
    """A file is not taken."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason)
        self.reason = reason


class ScannerAway(HubError):
    """The virus scanner did not say what it makes of a file."""

    retryable = True
