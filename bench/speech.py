"""How well callers are understood: `python -m bench.speech`.

Sentences that no phrase of `intents.conf` was written from (`bench/speech_corpus/frozen_*.txt`: 312 over the
12 shipped intents, 50 that mean none, 40 for a closed menu of five) are spoken by eight made-up speakers with
hesitations, sent over a telephone line (8 kHz, mu-law, noise), heard by Whisper base and understood by the
matcher with the shipped file:

- `intent_accuracy_text`, `_20db`, `_10db`: the right intent was acted on or asked about; from the sentences
  themselves, and from what was heard of them in noise that far below the speech.
- `intent_accuracy_…_new`: of those sentences alone that are no wording of the file, whatever their ending.
- `intent_acted_…`: the right one was acted on without asking back. `intent_wrong_…`: a wrong one was.
- `intent_accuracy_20db_formants`: of the hardest speaker alone, espeak-ng.
- `menu_accuracy_20db`: the right key of the menu, each sentence said by three speakers.
- `out_of_domain_accepts`, `out_of_domain_asked`: an intent was acted on, or asked about, where none was
  meant (20 dB).

Those of `bench.speech_engines`, `bench.speech_calls` and `bench.speech_prompts` follow.

The engine is told what it is told in calls (`Choices.listed`). What was heard is kept in the work folder by a
hash of the sound and of all that heard it (listed phrases, model, code, libraries), so that the next run is
shorter. `--fresh` hears all anew; `--minutes N` ends after that time, and the next run goes on there.
`--recordings DIR` takes recordings instead: WAV files and `labels.tsv` (file, intent or `none`, words).
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from bench import speech_calls, speech_engines, speech_prompts
from bench.report import print_report
from bench.speech_corpus.heard import Spoken, Transcripts, spoken
from bench.speech_corpus.recordings import read_recordings
from bench.speech_corpus.sentences import (
    FROZEN,
    MENU,
    NONE,
    Sentence,
    bare,
    read_phrases,
    read_sentences,
)
from bench.speech_corpus.whisper import ear, heard_by
from ivr.asr.models import find_model
from ivr.hearing import Alternative, ChoiceId, Choices, Utterance
from ivr.intents.intent import Thresholds, sure_of
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher

Figures = dict[str, float]
Heard = Sequence[tuple[str, Utterance]]
"""Labels with what was heard."""

_ROOT = Path(__file__).parents[1]
_MENU_SPEAKERS = 3
_USUAL_DB = 20


class Examiner:
    """Puts what was heard to the matcher, and counts."""

    def __init__(self, matcher: Matcher, thresholds: Thresholds) -> None:
        self._matcher, self._thresholds = matcher, thresholds

    async def marks(self, heard: Heard, choices: Choices) -> list[tuple[str, str, bool]]:
        """Return of each utterance the label, the choice gone by ("": none), and whether it was acted on."""
        found: list[tuple[str, str, bool]] = []
        for label, utterance in heard:
            guess, acted = sure_of(await self._matcher.rank(utterance, choices), self._thresholds)
            found.append((label, guess.choice if guess else "", acted))
        return found

    async def fresh(self, name: str, heard: Heard, said: Sequence[Sentence], choices: Choices) -> Figures:
        """Return the accuracy over the sentences that nobody wrote into the file, endings apart."""
        known = {bare(phrase) for phrases in choices.phrases.values() for phrase in phrases}
        new = [
            pair
            for pair, sentence in zip(heard, said, strict=True)
            if sentence.label != NONE and bare(sentence.text) not in known
        ]
        figures = await self.intents("", new, choices)
        return {f"intent_accuracy_{name}_new": figures["intent_accuracy_"]}

    async def intents(self, name: str, heard: Heard, choices: Choices) -> Figures:
        """Return the figures of utterances over the intents; `name` ends those of the figures."""
        marks = await self.marks(heard, choices)
        meant = [mark for mark in marks if mark[0] != NONE]
        others = [mark for mark in marks if mark[0] == NONE]
        figures = {
            f"intent_accuracy_{name}": _share(label == choice for label, choice, _ in meant),
            f"intent_acted_{name}": _share(label == choice and acted for label, choice, acted in meant),
            f"intent_wrong_{name}": _share(label != choice and acted for label, choice, acted in meant),
        }
        if others:
            figures[f"out_of_domain_accepts_{name}"] = _share(acted for _, _, acted in others)
            figures[f"out_of_domain_asked_{name}"] = _share(
                bool(choice) and not acted for _, choice, acted in others
            )
        return figures


async def understanding(folder: Path, noises_db: Sequence[int], deadline_s: float) -> Figures:
    """Return the figures of intents and menu; raises `TimeoutError` if the time is up before all is heard."""
    known = load_intents(_ROOT / "asterisk-config")
    matcher = Matcher(known.knowledge, folder / "learnt")
    intents = known.choices("ja")
    menu = Choices("ja", {ChoiceId(key): said for key, said in read_phrases(MENU).items()})
    for choices in (intents, menu):
        print(f"learning {len(choices.phrases)} choices", file=sys.stderr)
        await matcher.prepare(choices)
    examiner = Examiner(matcher, known.thresholds)
    sentences = read_sentences(FROZEN)
    figures = await examiner.intents("text", _as_text(sentences), intents)
    figures |= await examiner.fresh("text", _as_text(sentences), sentences, intents)
    transcripts = _transcripts(folder, intents)
    for snr_db in noises_db:
        said = spoken(sentences, snr_db)
        heard = _labelled(said, transcripts.of(said, f"{snr_db} dB", deadline_s))
        figures |= await examiner.intents(f"{snr_db}db", heard, intents)
        if snr_db == _USUAL_DB:
            figures |= await examiner.fresh("20db", heard, sentences, intents)
            hard = [
                pair for each, pair in zip(said, heard, strict=True) if each.speaker.engine != "openjtalk"
            ]
            accuracy = await examiner.intents("", [pair for pair in hard if pair[0] != NONE], intents)
            figures["intent_accuracy_20db_formants"] = accuracy["intent_accuracy_"]
    said = spoken(read_sentences(MENU), _USUAL_DB, _MENU_SPEAKERS)
    marks = await examiner.marks(
        _labelled(said, _transcripts(folder, menu).of(said, "menu", deadline_s)), menu
    )
    figures["menu_accuracy_20db"] = _share(label == choice for label, choice, _ in marks)
    figures["menu_wrong_20db"] = _share(label != choice and acted for label, choice, acted in marks)
    figures["out_of_domain_accepts"] = figures.pop("out_of_domain_accepts_20db")
    figures["out_of_domain_asked"] = figures.pop("out_of_domain_asked_20db")
    return figures


def _transcripts(folder: Path, choices: Choices) -> Transcripts:
    """Hear as calls are heard that may choose so."""
    listed = choices.listed
    return Transcripts(folder / "heard", partial(ear, folder, listed), heard_by(folder, listed))


async def of_recordings(recordings: Path, folder: Path) -> Figures:
    """Return the figures of an own folder of recordings."""
    known = load_intents(_ROOT / "asterisk-config")
    matcher = Matcher(known.knowledge, folder / "learnt")
    intents = known.choices("ja")
    await matcher.prepare(intents)
    hear = ear(folder, intents.listed)
    heard = [(label, hear(samples)) for label, samples in read_recordings(recordings)]
    return await Examiner(matcher, known.thresholds).intents("recorded", heard, intents)


async def others(folder: Path) -> Figures:
    """Return the figures of engines and prompts."""
    print("speaking prompts, and hearing them", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tb-") as model:
        prompts = await speech_prompts.figures(speech_prompts.whisper_base(Path(model)))
    print("engines and calls, two minutes", file=sys.stderr)
    return {**await speech_engines.figures(), **await speech_calls.figures(folder), **prompts}


def _as_text(sentences: Sequence[Sentence]) -> Heard:
    return [(each.label, Utterance((Alternative(each.text, 1.0),), "ja")) for each in sentences]


def _labelled(said: Sequence[Spoken], heard: Sequence[Utterance]) -> Heard:
    return [(each.sentence.label, utterance) for each, utterance in zip(said, heard, strict=True)]


def _share(marks: Iterable[bool]) -> float:
    found = list(marks)
    return sum(found) / len(found)


def _folder() -> Path:
    return Path(os.environ.get("TORITSUGI_HOME", _ROOT / ".toritsugi")) / "bench-speech"


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench speech")
    parser.add_argument("--recordings", type=Path, metavar="DIR")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of hearing, then stop")
    parser.add_argument("--fresh", action="store_true", help="keep nothing that was heard before")
    parser.add_argument("--noise", type=int, nargs="*", default=[10], help="dB, besides 20")
    parser.add_argument("--only-intents", action="store_true", help="leave out engines and prompts")
    wanted = parser.parse_args()
    folder = _folder()
    find_model("whisper", "", "ja", folder)  # put together once, not by each process
    if wanted.recordings:
        print_report("speech", asyncio.run(of_recordings(wanted.recordings, folder)))
        return
    if wanted.fresh:
        shutil.rmtree(folder / "heard", ignore_errors=True)
    try:
        deadline_s = time.monotonic() + 60 * wanted.minutes
        figures = asyncio.run(understanding(folder, [_USUAL_DB, *wanted.noise], deadline_s))
    except TimeoutError as stopped:
        sys.exit(f"the time is up at {stopped}; what was heard is kept: run it again to go on")
    if not wanted.only_intents:
        figures |= asyncio.run(others(folder))
    print_report("speech", figures)


if __name__ == "__main__":
    main()
