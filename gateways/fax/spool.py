"""The folder that Asterisk writes faxes into, and reads those that it sends from. Blocks.

in/ID.fax, in/ID.tif        received: what is known of it, its pages; the hub adds ID.pdf
out/ID-WAY.fax, ID-WAY.tif  sent: a call by one way
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gateways.fax.report import Report

_ID = re.compile(r"[0-9A-Za-z-]{1,100}")
_QUIET_S = 900.0
"""A fax on whose files nothing happens for so long ended without a word: Asterisk died."""
_KEPT_S = 30 * 24 * 3600.0


class Spool:
    """The folder; `now_s` is Unix time."""

    def __init__(self, folder: Path, now_s: Callable[[], float] = time.time) -> None:
        self._in, self._out, self._now_s = folder / "in", folder / "out", now_s

    # --- received --------------------------------------------------------------------------------

    def received(self) -> list[tuple[str, Report]]:
        """Return the faxes that are over, oldest first; raises `OSError` without a folder."""
        found = []
        for path in self._in.iterdir():
            if path.suffix != ".fax" or not _ID.fullmatch(path.stem):
                continue
            report = _read(path)
            if not report.is_over and self._is_quiet(path.stem):
                ended = round(path.stat().st_mtime)
                report = msgspec.structs.replace(report, ended=ended, error=report.error or "LOST")
            if report.is_over:
                found.append((path.stem, report))
        return sorted(found, key=lambda each: (each[1].ended, each[0]))

    def pages(self, id_: str) -> Path:
        """Return where the pages of a received fax are, if any came."""
        return self._received(id_, ".tif")

    def document(self, id_: str) -> Path:
        """Return where a received fax is as a document, once it was made."""
        return self._received(id_, ".pdf")

    def forget(self, id_: str) -> None:
        """A received fax was stored elsewhere, or there is nothing of it."""
        for suffix in (".tif", ".pdf", ".pdf.new", ".fax"):
            self._received(id_, suffix).unlink(missing_ok=True)

    def is_old(self, id_: str) -> bool:
        """Whether a received fax was not taken away for a month."""
        path = self._received(id_, ".fax")
        return path.exists() and self._now_s() - path.stat().st_mtime > _KEPT_S

    def _is_quiet(self, id_: str) -> bool:
        times = [
            path.stat().st_mtime for path in (self._received(id_, ".fax"), self.pages(id_)) if path.exists()
        ]
        return bool(times) and self._now_s() - max(times) > _QUIET_S

    def _received(self, id_: str, suffix: str) -> Path:
        if not _ID.fullmatch(id_):
            raise ValueError("not the id of a fax")
        return self._in / f"{id_}{suffix}"

    # --- sent ------------------------------------------------------------------------------------

    def begin(self, id_: str, way: int, pages: Path) -> Path:
        """Lay a fax out for Asterisk; returns the path without a suffix by which it knows it."""
        base = self._call(id_, way)
        base.with_suffix(".tif").write_bytes(pages.read_bytes())
        base.with_suffix(".fax").write_text(f"began={round(self._now_s())}\n", encoding="ascii")
        return base

    def calls(self, id_: str) -> list[Report]:
        """Return the calls of a fax in the order of its ways."""
        return [_read(path) for path in self._ways(id_)]

    def call(self, id_: str, way: int) -> Path:
        return self._call(id_, way)

    def count(self) -> int:
        """Count the calls that are under way."""
        return sum(not _read(path).is_over for path in self._out.glob("*.fax"))

    def end(self, id_: str, way: int, words: str) -> None:
        """Note the end of a call of which Asterisk says nothing."""
        with self._call(id_, way).with_suffix(".fax").open("a", encoding="ascii") as file:
            file.write(f"{words}\nended={round(self._now_s())}\n")

    def clear(self, id_: str) -> None:
        """The calls of a fax were taken notice of."""
        for path in self._out.glob(f"{_checked(id_)}-*"):
            path.unlink(missing_ok=True)

    def _ways(self, id_: str) -> Iterator[Path]:
        way = 0
        while (path := self._call(id_, way).with_suffix(".fax")).exists():
            yield path
            way += 1

    def _call(self, id_: str, way: int) -> Path:
        return self._out / f"{_checked(id_)}-{way}"


def _checked(id_: str) -> str:
    if not _ID.fullmatch(id_):
        raise ValueError("not the id of a fax")
    return id_


def _read(path: Path) -> Report:
    try:
        return Report.read(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return Report()
