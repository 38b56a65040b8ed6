"""Whether a virus scanner is asked, and what holds without its answer."""

from collections.abc import AsyncIterable
from dataclasses import dataclass

import structlog

from hub.attachments.catalogue import Scan
from hub.attachments.clamd import Clamd
from hub.attachments.errors import FileRefused, Refused, ScannerAway

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Scanning:
    """`scanner` None: nobody scans. `holds`: what could not be scanned is nobody's to read until it was."""

    scanner: Clamd | None = None
    holds: bool = True

    async def scan(self, blocks: AsyncIterable[bytes], file: str) -> Scan:
        """Have a file scanned; raises `FileRefused` for a virus."""
        if self.scanner is None:
            return Scan.NONE
        try:
            found = await self.scanner.scan(blocks)
        except ScannerAway as error:
            log.error("file.scanner_away", reason=str(error), is_held=self.holds)
            return Scan.HELD if self.holds else Scan.NONE
        if found is not None:
            log.warning("file.virus", file=file, found=found)
            raise FileRefused(Refused.VIRUS)
        return Scan.CLEAN
