"""How well callers are heard, as `/metrics` tells it."""

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from hub.speech_metrics import SpeechMetrics
from ivr.asr import wire
from ivr.asr.process import Model
from ivr.asr.recognisers import Recognisers
from ivr.hearing import HeardAs


def test_answers_times_streams_and_losses_are_told() -> None:
    whisper, vosk = (Model(engine=name, path=Path("/")) for name in ("whisper", "vosk"))
    recognisers = Recognisers({"ja": whisper, "en": whisper, "ko": vosk}, streams_max=4)
    metrics, registry = SpeechMetrics(recognisers), CollectorRegistry()
    registry.register(metrics)
    metrics.heard("ja", HeardAs.UNDERSTOOD)
    metrics.heard("ja", HeardAs.UNDERSTOOD)
    metrics.heard("ko", HeardAs.SILENCE)
    metrics.heard("fr", HeardAs.FAILED)
    recognisers.refused = 3
    process = recognisers.processes[whisper]
    process.restarts = 2
    live, recorded = (process.open("ja", (), 8_000) for _ in range(2))
    recorded.is_live = False
    for number, stream in enumerate((live, recorded)):
        stream.feed(bytes(2 * 8_000 * 3))
        process._hand_on(wire.Result(number, (), 1.0, 2.25))
    told = generate_latest(registry).decode()
    for line in (
        'toritsugi_speech_answers_total{engine="whisper",language="ja",outcome="understood"} 2.0',
        'toritsugi_speech_answers_total{engine="vosk",language="ko",outcome="silence"} 1.0',
        'toritsugi_speech_answers_total{engine="",language="fr",outcome="failed"} 1.0',
        'toritsugi_speech_result_seconds_count{engine="whisper",language="ja"} 1.0',
        'toritsugi_speech_result_seconds_sum{engine="whisper",language="ja"} 0.75',
        'toritsugi_speech_streams{engine="whisper"} 2.0',
        'toritsugi_speech_streams{engine="vosk"} 0.0',
        'toritsugi_speech_restarts_total{engine="whisper"} 2.0',
        "toritsugi_speech_refused_total 3.0",
    ):
        assert line in told, told
