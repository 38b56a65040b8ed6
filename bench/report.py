"""The one form in which every bench of this project reports: a JSON object as the last line printed."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from hub.services.asterisk_install import find_asterisk
from hub.services.errors import ProgramMissing

_ROOT = Path(__file__).parents[1]


def print_report(bench: str, figures: Mapping[str, float]) -> None:
    """Print `{"bench", "machine", "figures"}`; a figure's name ends in its unit."""
    rounded = {name: round(value, 3) for name, value in figures.items()}
    print(json.dumps({"bench": bench, "machine": machine(), "figures": rounded}, ensure_ascii=False))


def machine() -> dict[str, str | int | float]:
    """Say what the figures were measured on."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "asterisk": _asterisk_version(),
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def _asterisk_version() -> str:
    home = Path(os.environ.get("TORITSUGI_HOME", _ROOT / ".toritsugi"))
    try:
        major, minor = find_asterisk(os.environ, home / "asterisk").version()
    except ProgramMissing:
        return "none"
    return f"{major}.{minor}"
