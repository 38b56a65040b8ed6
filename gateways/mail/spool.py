"""Large mails beside the database, until all that they bring was taken in: files in the hub's data folder."""

import mmap
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_KEPT_S = 30 * 24 * 3600.0
_BLOCK = 256 * 1024
_NAME = re.compile(r"[a-z0-9_]+-[0-9a-f]+\.eml")


class Spool:
    """The folder. What nobody took in stays for 30 days; the mail server has it too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draft(self) -> Path:
        """Make an empty file to write a mail into."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".part", dir=self._folder)
        os.close(handle)
        return Path(name)

    def keep(self, draft: Path, name: str) -> None:
        """Let a draft become the mail of that name, durably."""
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(self._path(name))

    def read(self, name: str, at: int, length: int) -> bytes | None:
        """Read a piece of a mail; None if it is not here."""
        try:
            with self._path(name).open("rb") as file:
                file.seek(at)
                return file.read(length)
        except OSError:
            return None

    def forget(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def sweep(self, now_s: Callable[[], float] = time.time) -> None:
        """Delete what is older than a month, and drafts that were left."""
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            age_s = now_s() - path.stat().st_mtime
            if age_s > _KEPT_S or (path.suffix == ".part" and age_s > 3600):
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not the name of a kept mail")
        return self._folder / name


def mapped(path: Path) -> mmap.mmap:
    """Return a file's bytes without reading them; who asks closes it."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
