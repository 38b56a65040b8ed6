"""Where sounds lie: those that stay, bounded in size, and those of one caller, which live for minutes."""

import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from ivr.audio import WIDE_SUFFIX

BYTES_MAX = 256 * 2**20
LIFE_S = 600.0
_HEADER_BYTES = 44
_HIDDEN = 0o711
"""A folder whose files only those can open who know their names: Asterisk may be another user."""


class PromptFiles:
    """Names files, and removes them: of those that stay the longest unused beyond `bytes_max`; those of one
    caller `life_s` after they were last used. Their names tell nothing of what is said: they hang on a secret
    that ends with this object.

    Raises `OSError` if the folder cannot be made.
    """

    def __init__(self, folder: Path, *, bytes_max: int = BYTES_MAX, life_s: float = LIFE_S) -> None:
        self._folder, self._bytes_max, self._life_s = folder, bytes_max, life_s
        self.beep = folder / "beep.wav"
        self._secret = secrets.token_bytes(32)
        self._passing = folder / "passing"
        self._passing.mkdir(parents=True, exist_ok=True)
        self._passing.chmod(_HIDDEN)

    def kept(self, name: str) -> Path:
        """Return where a sound that stays lies, or would."""
        return self._folder / f"{name}.wav"

    def passing(self, name: str) -> Path:
        """Return where a sound of one caller lies, or would."""
        hidden = hashlib.blake2b(name.encode(), key=self._secret, digest_size=16).hexdigest()
        return self._passing / f"{hidden}.wav"

    def tidy(self) -> None:
        """Remove what is too old or too much; raises `OSError`."""
        oldest_s = time.time() - self._life_s
        for path in list(self._passing.iterdir()):
            if max(_used_s(path), _used_s(path.with_suffix(".wav"))) < oldest_s:
                path.unlink(missing_ok=True)
        sounds = sorted((path for path in self._folder.glob("*.wav") if path != self.beep), key=_used_s)
        total = sum(map(_size, sounds))
        for path in sounds:
            if total <= self._bytes_max:
                break
            total -= _size(path)
            _remove(path)


def is_sound(path: Path) -> bool:
    """Whether a sound is there, and so used now: the longest unused goes first."""
    try:
        if path.stat().st_size <= _HEADER_BYTES:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    except PermissionError:  # made by another user: usable, but not ours to mark
        return True
    return True


def _used_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    return sum(each.stat().st_size for each in (path, path.with_suffix(WIDE_SUFFIX)) if each.exists())


def _remove(path: Path) -> None:
    for each in (path, path.with_suffix(WIDE_SUFFIX)):
        with suppress(FileNotFoundError):
            each.unlink()
