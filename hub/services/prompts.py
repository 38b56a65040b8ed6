"""Prompts are read aloud before the hub starts for the first time, where a person can see how far it is."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hub.services.environment import ROOT

_RENDER_S = 600.0


def render_first_prompts(environment: Mapping[str, str]) -> None:
    """Read prompts aloud if none ever was; whatever is missing after that the hub makes when it runs."""
    if (Path(environment["TORITSUGI_DATA_DIR"]) / "prompts").is_dir():
        return
    path = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            (sys.executable, "-m", "hub.cli", "prompts", "render"),
            env={**environment, "PYTHONPATH": path},
            timeout=_RENDER_S,
            check=False,
        )
