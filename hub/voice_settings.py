"""What calls are served by: the queues, and how customers are called back."""

from collections.abc import Mapping
from dataclasses import dataclass

from acd.ids import QueueName
from acd.policy import QueueSettings, RoutingSettings

CALLBACK_ENDPOINT = "PJSIP/{national}@carrier"


def default_queue(queues: Mapping[QueueName, QueueSettings]) -> QueueName:
    """Return the queue of those who named none: the first of `queues.conf`."""
    return next(iter(queues), QueueName("support"))


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`region` is where numbers without a country code are at home (ISO 3166).

    A customer is called back at `callback_endpoint`, in which `{number}` stands for his number in E.164
    and `{national}` for the number as it is dialled at home, and sees `callback_caller_id` ("": whatever
    the trunk says). He has `callback_ring_s` to answer.
    """

    region: str
    routing: RoutingSettings
    callback_endpoint: str = CALLBACK_ENDPOINT
    callback_caller_id: str = ""
    callback_ring_s: int = 40

    @property
    def queues(self) -> Mapping[QueueName, QueueSettings]:
        return self.routing.queues

    @property
    def default_queue(self) -> QueueName:
        """The queue of those who named none: the first of `queues.conf`."""
        return default_queue(self.queues)

    def queue(self, name: QueueName) -> QueueSettings:
        """Return a queue's settings; app_queue's defaults for one that the files no longer have."""
        return self.queues.get(name) or QueueSettings(name=name)
