"""The process that synthesis runs in: `python -m ivr.tts.worker`.

It reads one request a line on standard input and answers on standard output with one line, followed
by as many bytes of sound (raw samples of 16 kHz) as the line says. It ends with its input, so that it
never outlives its hub.
"""

import os
import sys
from typing import Literal

import msgspec

from ivr.audio import WIDE_HZ, to_telephone
from ivr.tts.engine import Engine, EngineMissing, Voice, load_engine
from ivr.worker_process import private_output

_NICENESS = 5
"""Calls go first: rendering prompts may not delay them."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    language: str
    voice: Voice


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`size`: bytes of sound that follow; none unless `result` is `spoken`."""

    result: Literal["spoken", "unavailable", "failed"]
    size: int = 0
    message: str = ""


def main() -> None:
    os.nice(_NICENESS)
    with private_output() as answers:
        engines: dict[str, Engine] = {}
        for line in sys.stdin.buffer:
            answer, sound = _serve(msgspec.json.decode(line, type=Request), engines)
            answers.write(msgspec.json.encode(answer) + b"\n" + sound)
            answers.flush()


def _serve(request: Request, engines: dict[str, Engine]) -> tuple[Answer, bytes]:
    voice = request.voice
    try:
        if voice.engine not in engines:
            engines[voice.engine] = load_engine(voice.engine)
        samples, rate_hz = engines[voice.engine].synthesize(request.text, request.language, voice)
        sound = to_telephone(samples, rate_hz, WIDE_HZ)
    except EngineMissing as error:
        return Answer(result="unavailable", message=str(error)), b""
    except Exception as error:  # engines raise what they like; the hub is told
        return Answer(result="failed", message=f"{type(error).__name__}: {error}"), b""
    if not sound:
        return Answer(result="failed", message="nothing to hear came of it"), b""
    return Answer(result="spoken", size=len(sound)), sound


if __name__ == "__main__":
    main()
