"""What can go wrong with recordings beside what can with all objects (`hub.objects.errors`)."""

from hub.errors import HubError


class UnreadableWav(HubError):
    """A file is not what Asterisk writes: WAV, 16 bit, one channel."""


class NotHeardYet(HubError):
    """Nobody can listen to a message now in which numbers are to be silenced: it is not stored yet."""


class NotWrittenYet(HubError):
    """The contact of a recording is not in the customer record: its journey can say nothing of it yet."""
