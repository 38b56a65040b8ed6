"""What `/metrics` shows of recordings."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.recordings.archivist import Archivist


class RecordingMetrics(Collector):
    """How many recordings wait for a store, a database or a key."""

    def __init__(self, archivist: Archivist) -> None:
        self._archivist = archivist

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "toritsugi_recordings_not_stored",
            "Recordings that could not be stored when it was last tried.",
            value=self._archivist.waiting,
        )
