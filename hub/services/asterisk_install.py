"""Which Asterisk to run: one that is named, one that is installed, or the one unpacked by set-up."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.services.errors import ProgramMissing

SYSTEM_PATH = "/usr/sbin:/usr/local/sbin"
"""Where Asterisk is installed, though an ordinary user's PATH leaves it out."""

_OLDEST = {20: 18, 22: 8, 23: 2}
"""Least minor version by major one: what came last of what the hub uses is JSON on chan_websocket."""


@dataclass(frozen=True, slots=True)
class AsteriskInstall:
    """An Asterisk on this machine.

    `loader` starts a binary that lies beside its own libraries and not where it was built to be;
    `modules` and `data` are set for such a one.
    """

    binary: Path
    loader: tuple[str, ...] = ()
    modules: Path | None = None
    data: Path | None = None

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return the command line that runs it."""
        return (*self.loader, str(self.binary), *arguments)

    def directories(self) -> list[str]:
        """Lines for `[directories]` of asterisk.conf."""
        named = {"astmoddir": self.modules, "astdatadir": self.data}
        return [f"{key} = {path}" for key, path in named.items() if path is not None]

    def version(self) -> tuple[int, int]:
        """Ask it for its version: (major, minor)."""
        try:
            printed = subprocess.run(  # noqa: S603 - no shell; path from settings or set-up
                self.command("-V"), capture_output=True, text=True, timeout=10, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise ProgramMissing(f"{self.binary} -V cannot be run: {error}") from error
        found = re.match(r"Asterisk (?:certified[-/])?(\d+)\.(\d+)", printed)
        if found is None:
            raise ProgramMissing(f"{self.binary} -V says {printed.strip()!r}", "expected Asterisk 22")
        return int(found[1]), int(found[2])


def find_asterisk(environment: Mapping[str, str], unpacked: Path) -> AsteriskInstall:
    """Return the Asterisk to run.

    `TORITSUGI_ASTERISK` names a binary or the root of a tree that holds `usr/sbin/asterisk` or
    `sbin/asterisk`; without it an installed one that is new enough is taken, else the one in `unpacked`.
    """
    install = _named(environment) or _installed(environment) or _at(unpacked)
    if install is None:
        raise ProgramMissing(
            f"no Asterisk: none installed, none in {unpacked}",
            "./run up unpacks one; TORITSUGI_ASTERISK names another",
        )
    return install


def has_asterisk(environment: Mapping[str, str]) -> bool:
    """Whether one is named or installed, so that none needs to be unpacked."""
    return (_named(environment) or _installed(environment)) is not None


def _named(environment: Mapping[str, str]) -> AsteriskInstall | None:
    if not (named := environment.get("TORITSUGI_ASTERISK")):
        return None
    install = _at(Path(named))
    if install is None:
        raise ProgramMissing(f"TORITSUGI_ASTERISK is {named}: no Asterisk there")
    if not _is_new_enough(install):
        raise ProgramMissing(f"TORITSUGI_ASTERISK is {named}: too old", "expected Asterisk 22.8 or newer")
    return install


def _installed(environment: Mapping[str, str]) -> AsteriskInstall | None:
    found = shutil.which("asterisk", path=f"{environment.get('PATH', '')}:{SYSTEM_PATH}")
    if found is None or not _is_new_enough(install := AsteriskInstall(Path(found))):
        return None
    return install


def _at(path: Path) -> AsteriskInstall | None:
    if path.is_file():
        return AsteriskInstall(path)
    if (path / "sbin/asterisk").is_file():
        return AsteriskInstall(path / "sbin/asterisk")
    binary = path / "usr/sbin/asterisk"
    loader = next(path.glob("usr/lib/*/ld-linux-*.so.*"), None)
    if not binary.is_file() or loader is None:
        return None
    libraries = loader.parent
    return AsteriskInstall(
        binary,
        loader=(str(loader), "--library-path", str(libraries), "--argv0", "asterisk"),
        modules=libraries / "asterisk/modules",
        data=path / "usr/share/asterisk",
    )


def _is_new_enough(install: AsteriskInstall) -> bool:
    major, minor = install.version()
    return major > max(_OLDEST) or minor >= _OLDEST.get(major, 1 << 30)
