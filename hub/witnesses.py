"""Those who see what is told to the router and what it decides, and act on nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from prometheus_client import CollectorRegistry

from acd.contact import Contact
from acd.policy import RoutingSettings
from hub.history import RoutingHistory
from hub.noted import NotedAcd
from hub.queue_metrics import QueueMetrics
from hub.recorder import Recorder
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who remembers, and who counts. `run` is their service."""

    recorder: Recorder
    queue_metrics: QueueMetrics

    @classmethod
    def of(
        cls,
        acd: NotedAcd,
        history: RoutingHistory,
        registry: CollectorRegistry,
        settings: Settings,
        routing: Callable[[], RoutingSettings],
    ) -> Self:
        """Make them, to be told of every event that this hub submits."""
        recorder = Recorder(acd, history, keep_days=settings.routing_history_days)
        metrics = QueueMetrics(registry, acd, routing, _is_ours(settings))
        acd.noters += [recorder.note, metrics.note]
        acd.refused.append(metrics.note_refused)
        return cls(recorder, metrics)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recorder.run())
            tasks.create_task(self.queue_metrics.run())


def _is_ours(settings: Settings) -> Callable[[Contact], bool]:
    """Return whether a contact that lives when this hub begins is one of its own: every text may be."""
    return lambda contact: not contact.channel.is_live or contact.id.startswith(settings.node)
