"""What callers' service goes by: queues, and where numbers are at home."""

from collections.abc import Mapping
from dataclasses import dataclass

from acd.ids import QueueName
from acd.policy import QueueSettings


def default_queue(queues: Mapping[QueueName, QueueSettings]) -> QueueName:
    """Return the queue of those who named none: the first of `queues.conf`."""
    return next(iter(queues), QueueName("support"))


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`region` is where numbers without a country code are at home (ISO 3166)."""

    region: str
    queues: Mapping[QueueName, QueueSettings]

    @property
    def default_queue(self) -> QueueName:
        """The queue of those who named none: the first of `queues.conf`."""
        return default_queue(self.queues)

    def queue(self, name: QueueName) -> QueueSettings:
        """Return a queue's settings; app_queue's defaults for one that the files no longer have."""
        return self.queues.get(name) or QueueSettings(name=name)
