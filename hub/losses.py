"""What was not written because too much waited, as counters."""

from collections.abc import Iterable

from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.journal import Journal
from hub.perform import Performer
from hub.recorder import Recorder


class LossCollector(Collector):
    """Reads the counts off their owners at the moment of a scrape."""

    def __init__(self, journal: Journal, recorder: Recorder, performer: Performer) -> None:
        self._journal, self._recorder, self._performer = journal, recorder, performer

    def collect(self) -> Iterable[Metric]:
        yield CounterMetricFamily(
            "toritsugi_journal_refused",
            "Writes to the customer record that a full journal did not take.",
            value=float(self._journal.refused),
        )
        yield CounterMetricFamily(
            "toritsugi_actions_refused",
            "The router's actions that were not carried out since too much waited to be done for a contact.",
            value=float(self._performer.refused),
        )
        yield CounterMetricFamily(
            "toritsugi_routing_history_lost",
            "Decisions that are missing in the routing history.",
            value=float(self._recorder.lost),
        )
