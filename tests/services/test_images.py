"""What the images copy is all that their programs import."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("dockerfile", "modules", "packages"),
    [
        ("Dockerfile.asterisk", "hub.services.__main__", "-S"),  # the image has no packages
        (
            "Dockerfile.hub",
            "hub.services.__main__, hub.app, hub.sip_look, hub.cli; hub.cli.app(['--help'])",
            "",
        ),
    ],
)
def test_an_image_has_all_that_it_imports(
    tmp_path: Path, dockerfile: str, modules: str, packages: str
) -> None:
    _copy_as(dockerfile, tmp_path)
    program = f"import sys; sys.path.insert(0, '.'); import {modules}"
    interpreter = filter(None, (sys.executable, "-I", "-B", packages))
    imported = subprocess.run(
        (*interpreter, "-c", program), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert imported.returncode == 0, imported.stderr


def _copy_as(dockerfile: str, folder: Path) -> None:
    """Copy what the last stage of an image takes from the repository, as `COPY` does."""
    last = (ROOT / "docker" / dockerfile).read_text().rpartition("\nFROM ")[2]
    copies = re.findall(r"^COPY (?!--)(.+)$", last, re.MULTILINE)
    assert copies
    for copy in copies:
        *sources, to = copy.split()
        for source in (ROOT / each for each in sources):
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / to, dirs_exist_ok=True, ignore=ignored)
            else:
                target = folder / to / source.name if to.endswith("/") else folder / to
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
