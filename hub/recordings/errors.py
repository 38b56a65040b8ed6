"""What can go wrong with recordings."""

from hub.errors import HubError


class RecordingError(HubError):
    """Root of these errors."""


class NoKey(RecordingError):
    """There is no key to encrypt by, or none of the id that a recording was encrypted by."""


class RecordingDamaged(RecordingError):
    """A recording is not what was stored; the message says how that was seen."""


class ObjectMissing(RecordingDamaged):
    """The store has no object of this name."""


class StoreUnavailable(RecordingError):
    """The store did not do it: away, full, or it refuses. The same call may succeed later."""

    retryable = True


class UnreadableWav(RecordingError):
    """A file is not what Asterisk writes: WAV, 16 bit, one channel."""
