"""Two scraps of silence after which whoever listens to a channel hears another phone (docs/decisions/0089).

Debian's Asterisk passes what is sent to a channel to its listeners through one translator, which takes
packets numbered lower than those before for late ones and drops them. Another phone numbers its packets
from anywhere. The translator is made anew when the format changes: so the channel is sent silence in a
wide format, by which its listeners go from then on, and then in a narrow one, which is another.
"""

from pathlib import Path
from typing import Final

_MS: Final = 5
_FORMATS: Final = (("hush-wide.sln16", 16), ("hush-narrow.sln", 8))
"""Names, and samples a millisecond, of 16 bit."""


def write_hush(folder: Path) -> tuple[str, ...]:
    """Write both into a folder that Asterisk reads; returns them as media URIs. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder.absolute() / name for name, _ in _FORMATS]
    for path, (_, samples) in zip(paths, _FORMATS, strict=True):
        if not path.exists():
            path.write_bytes(bytes(2 * samples * _MS))
    return tuple(f"sound:{path.with_suffix('')}" for path in paths)
