"""Writing files that must not get lost."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_durably(path: Path, blocks: Iterable[bytes]) -> None:
    """Write a private file whose content is on the disk when this returns; none is left if it fails."""
    path.unlink(missing_ok=True)
    try:
        with open(path, "xb", opener=_private) as file:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make what was named, renamed or deleted in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
