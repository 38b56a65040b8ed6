"""Models that others publish, fetched on demand: the one place that names hosts on the internet."""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp

_PIECE: Final = 1 << 18
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=10, sock_read=30)
_VOSK: Final = "https://alphacephei.com/vosk/models/model-list.json"
_WHISPER: Final = "https://huggingface.co"
_NEEDED: Final = ("config.json", "model.bin", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Published:
    """A model. `site` is a list of models (Vosk) or a site of repositories (Whisper), `id_` its name."""

    engine: Literal["vosk", "whisper"]
    site: str
    id_: str
    size_mib: int


PUBLISHED: Final[Mapping[str, Published]] = {
    "vosk-ja": Published("vosk", _VOSK, "vosk-model-small-ja-0.22", 48),
    "vosk-ja-large": Published("vosk", _VOSK, "vosk-model-ja-0.22", 1_000),
    "vosk-en": Published("vosk", _VOSK, "vosk-model-small-en-us-0.15", 40),
    "vosk-ko": Published("vosk", _VOSK, "vosk-model-small-ko-0.22", 82),
    "whisper-small": Published("whisper", _WHISPER, "Systran/faster-whisper-small", 464),
    "whisper-medium": Published("whisper", _WHISPER, "Systran/faster-whisper-medium", 1_460),
    "whisper-large": Published("whisper", _WHISPER, "Systran/faster-whisper-large-v3", 2_950),
}

Progress = Callable[[int], None]
"""Is told how many further bytes came."""


class InstallFailed(Exception):
    """A model could not be fetched, or is not what was published; the message says which."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file with its published checksum: `kind` is `md5`, `sha256`, or `blob` (Git's SHA-1 of a file)."""

    url: str
    name: str
    kind: str
    digest: str


async def install(
    name: str, folder: Path, progress: Progress, table: Mapping[str, Published] = PUBLISHED
) -> Path:
    """Fetch a model into `folder` and return its place; raises `InstallFailed`, `OSError`.

    Every file is compared with its published checksum; nothing is left of a model that is not whole.
    """
    if (model := table.get(name)) is None:
        raise InstallFailed(f"there is no model {name}; there are {', '.join(table)}")
    if (target := folder / name).exists():
        return target
    making = _working_folder(folder)
    try:
        async with _session() as session:
            files = await (_vosk_files if model.engine == "vosk" else _whisper_files)(session, model)
            for file in files:
                await _fetch(session, file, making / file.name, progress)
        whole = _unpacked(making / files[0].name) if model.engine == "vosk" else making
        whole.chmod(0o755)
        whole.replace(target)
    except (KeyError, TypeError, AttributeError) as error:
        raise InstallFailed(f"{model.site} answers something unexpected ({error!r})") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise InstallFailed(f"{model.site} cannot be reached, or broke off ({reason})") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return target


def _working_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder, prefix=".making-"))


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Accept-Encoding": "identity"}  # sizes are then those of the files
    async with aiohttp.ClientSession(
        timeout=_TIMEOUT, raise_for_status=True, trust_env=True, headers=headers
    ) as session:
        yield session


async def _json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        try:
            return json.loads(await answer.text())
        except ValueError as error:
            raise InstallFailed(f"{url} answers what is no JSON") from error


async def _vosk_files(session: aiohttp.ClientSession, model: Published) -> list[_File]:
    for each in await _json(session, model.site):
        if each.get("name") == model.id_:
            return [_File(each["url"], "model.zip", "md5", each["md5"])]
    raise InstallFailed(f"{model.site} has no {model.id_} any more")


async def _whisper_files(session: aiohttp.ClientSession, model: Published) -> list[_File]:
    found = []
    for each in await _json(session, f"{model.site}/api/models/{model.id_}/tree/main"):
        name = each["path"]
        if name in _NEEDED or name.startswith(("vocabulary.", "preprocessor_config.")):
            kind, digest = ("sha256", each["lfs"]["oid"]) if "lfs" in each else ("blob", each["oid"])
            found.append(_File(f"{model.site}/{model.id_}/resolve/main/{name}", name, kind, digest))
    if missing := set(_NEEDED) - {file.name for file in found}:
        raise InstallFailed(f"{model.id_} lacks {', '.join(sorted(missing))}")
    return found


async def _fetch(session: aiohttp.ClientSession, file: _File, path: Path, progress: Progress) -> None:
    async with session.get(file.url) as answer:
        size, found = answer.content_length or 0, hashlib.new(_algorithm(file.kind), usedforsecurity=False)
        if file.kind == "blob":
            found.update(b"blob %d\0" % size)
        with path.open("wb") as copy:
            async for piece in answer.content.iter_chunked(_PIECE):
                copy.write(piece)
                found.update(piece)
                progress(len(piece))
    if found.hexdigest() != file.digest.lower():
        raise InstallFailed(f"{file.url} is not what was published: its checksum is another")


def _algorithm(kind: str) -> str:
    return "sha1" if kind == "blob" else kind


def _unpacked(archive: Path) -> Path:
    """Unpack a ZIP file beside itself; returns the one folder that is in it."""
    into = archive.with_suffix("")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(into)
    except zipfile.BadZipFile as error:
        raise InstallFailed("what was published is no ZIP file") from error
    inside = [each for each in into.iterdir() if each.is_dir()]
    if len(inside) != 1:
        raise InstallFailed("the ZIP file has not one folder in it")
    return inside[0]
