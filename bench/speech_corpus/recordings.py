"""Recordings of people, with labels: what a centre has may be measured instead of the made-up speakers."""

from collections.abc import Iterator
from pathlib import Path

import soxr

from ivr.audio import TELEPHONE_HZ, Samples, read_wav

LABELS = "labels.tsv"


def read_recordings(folder: Path) -> Iterator[tuple[str, Samples]]:
    """Yield label and sound of each line of `labels.tsv`: file, intent (or `none`), words, tabs between.

    Raises `OSError` and `wave.Error` for a file that cannot be read, `ValueError` for a line of another form.
    """
    for number, line in enumerate((folder / LABELS).read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        file, tab, rest = line.partition("\t")
        if not tab:
            raise ValueError(
                f"{folder / LABELS}:{number}: expected FILE, tab, INTENT, tab, WORDS, found {line}"
            )
        samples, rate = read_wav(folder / file)
        heard: Samples = soxr.resample(samples / 32768, rate, TELEPHONE_HZ)
        yield rest.partition("\t")[0], heard
