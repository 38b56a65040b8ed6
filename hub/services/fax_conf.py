"""The numbers of `fax.conf` as dialplan, which `extensions.conf` includes."""

from collections.abc import Iterable, Iterator

from gateways.fax.conf import FaxLine

FILE_NAME = "extensions_fax.conf"

_HEAD = (
    "; Rendered from fax.conf, do not edit: which numbers are for faxes, and on which a fax's tone counts.\n"
)


def render_fax(lines: Iterable[FaxLine]) -> str:
    """Return the text of `extensions_fax.conf`."""
    known = tuple(lines)
    numbers = [step for line in known for number in line.numbers for step in _steps(number, line)]
    tones = [step for line in known for number in line.tones for step in _steps(number, line)]
    parts = (_HEAD, "[fax-numbers]", *numbers, "", "[fax-tones]", *tones)
    return "\n".join(parts) + "\n"


def _steps(number: str, line: FaxLine) -> Iterator[str]:
    yield f"exten => {number},1,Set(FAX_LINE={line.name})"
    if line.station:
        yield f" same => n,Set(FAXOPT(localstationid)={line.station})"
    yield " same => n,Goto(fax-in,s,1)"
