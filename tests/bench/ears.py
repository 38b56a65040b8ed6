"""An ear that processes of the bench can have: it hears the same in everything."""

from bench.speech_corpus.heard import Hear
from ivr.hearing import Alternative, Utterance


def make() -> Hear:
    return lambda samples: Utterance((Alternative("料金", 0.5),), "ja")
