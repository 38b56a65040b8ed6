"""How well callers are heard, for `/metrics`."""

from collections.abc import Iterable

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ivr.asr.recognisers import Recognisers
from ivr.hearing import HeardAs

_SECONDS = (0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)
"""The wait for the end of an utterance is part of it: half a second as shipped."""


class SpeechMetrics(Collector):
    """Counts what callers say, and looks at those who listen at the moment of a scrape."""

    def __init__(self, recognisers: Recognisers) -> None:
        self._recognisers = recognisers
        self._heard = Counter(
            "toritsugi_speech_answers",
            "Questions that callers could answer by voice, and did not by keys, by what became of them.",
            ("language", "engine", "outcome"),
            registry=None,
        )
        self._seconds = Histogram(
            "toritsugi_speech_result_seconds",
            "From the end of what was said to its result.",
            ("language", "engine"),
            buckets=_SECONDS,
            registry=None,
        )
        for process in recognisers.processes.values():
            process.answered = self.answered

    def heard(self, language: str, heard: HeardAs) -> None:
        """A question was answered, or not (`ivr.hearing.Noted`)."""
        self._heard.labels(language, self._engine(language), heard).inc()

    def answered(self, language: str, seconds: float) -> None:
        """An utterance was recognised so long after its end."""
        self._seconds.labels(language, self._engine(language)).observe(seconds)

    def collect(self) -> Iterable[Metric]:
        yield from self._heard.collect()
        yield from self._seconds.collect()
        streams = GaugeMetricFamily(
            "toritsugi_speech_streams", "Sides that are listened to now.", labels=("engine",)
        )
        restarts = CounterMetricFamily(
            "toritsugi_speech_restarts",
            "Recognition processes that took the place of one that was lost, or could not load its model.",
            labels=("engine",),
        )
        of_models = self._recognisers.processes.items()
        for engine in sorted({model.engine for model, _ in of_models}):
            processes = [each for model, each in of_models if model.engine == engine]
            streams.add_metric((engine,), sum(each.streams for each in processes))
            restarts.add_metric((engine,), sum(each.restarts for each in processes))
        yield streams
        yield restarts
        yield CounterMetricFamily(
            "toritsugi_speech_refused",
            "Sides that were not listened to since all streams were taken.",
            value=float(self._recognisers.refused),
        )

    def _engine(self, language: str) -> str:
        model = self._recognisers.models.get(language)
        return model.engine if model is not None else ""
