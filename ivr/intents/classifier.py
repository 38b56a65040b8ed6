"""A linear classifier over features and spotted words, trained by scikit-learn, used with numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ivr.intents.features import SIZE, Row, row
from ivr.intents.spotting import Spotter
from ivr.intents.words import Word

Floats = npt.NDArray[np.float32]

_SPOTTED: Final = np.float32(0.5)
"""How much a spotted word counts beside the other features."""
_TRUST: Final = 5.0
"""How far the examples are trusted (inverse regularisation)."""


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance, and what it means."""

    label: str
    words: Sequence[Word]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of each label: of features, (labels, SIZE), and of spotted words, (labels, words)."""

    labels: tuple[str, ...]
    spotter: Spotter
    features: Floats
    spotted: Floats
    bias: Floats

    def scores(self, alternatives: Sequence[Sequence[Word]]) -> Floats:
        """Return what speaks for each label, in their order, in several readings of one utterance.

        Features count as often as they stand in readings, a spotted word as in the reading that has it best.
        """
        rows = [row(words) for words in alternatives]
        written = np.mean([self.features[:, numbers] @ values for numbers, values in rows], axis=0)
        heard = self.spotter.spot_all([sounds_of(words) for words in alternatives]).max(axis=0)
        found: Floats = written + self.spotted @ heard + self.bias
        return found

    def save(self, path: Path) -> None:
        """Write to a file; who reads the path sees all of it or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(".making")
        with making.open("wb") as file:
            np.savez_compressed(
                file,
                labels=np.array(self.labels),
                words=np.array(self.spotter.words, dtype=str),
                features=self.features.astype(np.float16),
                spotted=self.spotted,
                bias=self.bias,
            )
        making.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """Read from a file; raises `OSError`, `ValueError`, `KeyError`, `zipfile.BadZipFile`."""
        with np.load(path, allow_pickle=False) as found:
            labels, words = (tuple(str(each) for each in found[name]) for name in ("labels", "words"))
            features = found["features"].astype(np.float32)
            return cls(labels, Spotter(words), features, found["spotted"], found["bias"])


def sounds_of(words: Sequence[Word]) -> str:
    """Return all sounds of an utterance."""
    return "".join(word.sounds for word in words)


def train(examples: Sequence[Example], spotter: Spotter) -> Classifier:
    """Learn from examples; of at least two labels."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    matrix = _matrix([row(example.words) for example in examples])
    rarity = _rarity(matrix)
    matrix.data *= rarity[matrix.indices]
    heard = spotter.spot_all([sounds_of(example.words) for example in examples]) * _SPOTTED
    model: Any = LogisticRegression(C=_TRUST, max_iter=60, tol=1e-3)
    model.fit(hstack([matrix, csr_matrix(heard)]).tocsr(), [example.label for example in examples])
    weights, bias = model.coef_, model.intercept_
    if len(weights) == 1:  # two labels: one plane between them
        weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return Classifier(
        tuple(str(label) for label in model.classes_),
        spotter,
        (weights[:, :SIZE] * rarity).astype(np.float32),
        (weights[:, SIZE:] * _SPOTTED).astype(np.float32),
        bias.astype(np.float32),
    )


def _matrix(rows: Sequence[Row]) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
    values = np.concatenate([values for _, values in rows])
    numbers = np.concatenate([numbers for numbers, _ in rows])
    matrix = csr_matrix((values, numbers, ends), shape=(len(rows), SIZE))
    matrix.sum_duplicates()
    return matrix


def _rarity(matrix: Any) -> Floats:
    """Return how much each feature tells: the rarer, the more."""
    occurs = np.bincount(matrix.indices, minlength=SIZE)
    rarity: Floats = (np.log((1 + matrix.shape[0]) / (1 + occurs)) / 4).astype(np.float32)
    return rarity
