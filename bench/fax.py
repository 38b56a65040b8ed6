"""How fast and how surely faxes pass between two Asterisks on this machine: `python -m bench.fax`.

Each kind sends `FAXES` faxes of `PAGES` nearly white pages, one after the other, all kinds side by side:

- `fax_pages_per_minute_t38`, `..._sound` (G.711), `..._t38_loss`, `..._sound_loss` (2 % of packets, seeded):
  pages that were confirmed, by the time of their calls.
- `fax_error_rate_...`: of the pages that were to be sent, how many were not confirmed (0 to 1).
"""

import asyncio
import tempfile
import time
from pathlib import Path

from bench.report import print_report
from tests.support.fax import LOSSY, LOSSY_SOUND, FaxWire, fax_wire, write_pages

PAGES, FAXES, LOSS = 5, 2, 0.02
_KINDS = {
    "t38": ("carrier", "0355550101"),
    "sound": ("sound", "0355550102"),
    "t38_loss": ("lossy", LOSSY),
    "sound_loss": ("lossy_sound", LOSSY_SOUND),
}
_LIMIT_S = 300.0


async def measured() -> dict[str, float]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="bfax-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        async with fax_wire(Path(folder)) as wire:
            wire.relay.loss = LOSS
            pages = await asyncio.to_thread(write_pages, Path(folder) / "pages.tif", PAGES)
            kinds = await asyncio.gather(*(_kind(wire, kind, pages) for kind in _KINDS))
    return {name: value for figures in kinds for name, value in figures.items()}


async def _kind(wire: FaxWire, kind: str, pages: Path) -> dict[str, float]:
    trunk, caller = _KINDS[kind]
    confirmed, took_s = 0, 0.0
    for number in range(FAXES):
        began = time.monotonic()
        base = await wire.send(f"{kind.replace('_', '-')}-{number}", pages, trunk=trunk, caller=caller)
        report = await wire.sent(base, _LIMIT_S)
        took_s += time.monotonic() - began
        confirmed += min(report.pages, PAGES) if report.is_whole or report.pages else 0
    return {
        f"fax_pages_per_minute_{kind}": confirmed * 60 / took_s,
        f"fax_error_rate_{kind}": 1 - confirmed / (FAXES * PAGES),
    }


def main() -> None:
    """Measure and report."""
    print_report("fax", asyncio.run(measured()))


if __name__ == "__main__":
    main()
