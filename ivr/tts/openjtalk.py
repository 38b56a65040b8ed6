"""Open JTalk: Japanese, with the voice "Mei" that comes in the package (docs/licences.md)."""

import pyopenjtalk

from ivr.audio import Samples
from ivr.tts.engine import Voice


class OpenJTalk:
    def synthesize(self, text: str, language: str, voice: Voice) -> tuple[Samples, int]:
        samples, rate_hz = pyopenjtalk.tts(text, speed=voice.speed)
        return samples, rate_hz
