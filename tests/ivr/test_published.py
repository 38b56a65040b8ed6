"""Models fetched from a site of the test's own: whole, broken, changed, away."""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

from ivr.asr.models import ModelMissing, find_model
from ivr.asr.published import InstallFailed, Published, install

Serve = Callable[[dict[str, bytes]], str]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve these files; returns the address, to be filled in for `@` in them."""
    files: dict[str, bytes] = {}

    async def answer(request: web.Request) -> web.Response:
        if (found := files.get(request.path)) is None:
            raise web.HTTPNotFound
        return web.Response(body=found)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    address = f"http://{host}:{port}"

    def these(found: dict[str, bytes]) -> str:
        files.update({path: text.replace(b"@", address.encode()) for path, text in found.items()})
        return address

    yield these
    await runner.cleanup()


def packed(folder: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(f"{folder}/am/final.mdl", "model")
    return target.getvalue()


def vosk(digest: str | None = None) -> dict[str, bytes]:
    archive = packed("vosk-model-x")
    listed = {"name": "x", "url": "@/x.zip", "md5": digest or hashlib.md5(archive).hexdigest()}
    return {"/list.json": json.dumps([{"name": "other"}, listed]).encode(), "/x.zip": archive}


def whisper(digest: str | None = None) -> dict[str, bytes]:
    files = {"config.json": b"{}", "tokenizer.json": b"[]", "model.bin": b"much", "README.md": b"-"}
    tree: list[dict[str, object]] = []
    for name, body in files.items():
        blob = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        entry: dict[str, object] = {"path": name, "oid": blob}
        if name == "model.bin":
            entry["lfs"] = {"oid": digest or hashlib.sha256(body).hexdigest()}
        tree.append(entry)
    served = {f"/x/resolve/main/{name}": body for name, body in files.items()}
    return {"/api/models/x/tree/main": json.dumps(tree).encode(), **served}


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_a_vosk_model_is_fetched_and_found(serve: Serve, tmp_path: Path) -> None:
    site, came = serve(vosk()), list[int]()
    table = {"vosk-ja": Published("vosk", f"{site}/list.json", "x", 1)}
    path = await install("vosk-ja", tmp_path, came.append, table)
    assert (path / "am/final.mdl").read_text() == "model"
    assert find_model("vosk", "", "ja", tmp_path) == path
    assert sum(came) == len(packed("vosk-model-x"))
    assert await install("vosk-ja", tmp_path, came.append, {"vosk-ja": table["vosk-ja"]}) == path
    assert names(tmp_path) == ["vosk-ja"]


async def test_a_whisper_model_is_fetched_and_found(serve: Serve, tmp_path: Path) -> None:
    table = {"whisper-small": Published("whisper", serve(whisper()), "x", 1)}
    path = await install("whisper-small", tmp_path, lambda _: None, table)
    assert names(path) == ["config.json", "model.bin", "tokenizer.json"]
    assert find_model("whisper", "small", "ja", tmp_path) == path


@pytest.mark.parametrize(
    ("model", "files", "reason"),
    [
        (Published("vosk", "@/list.json", "x", 1), vosk("0" * 32), "checksum is another"),
        (Published("vosk", "@/list.json", "gone", 1), vosk(), "has no gone any more"),
        (Published("vosk", "@/none.json", "x", 1), vosk(), "cannot be reached"),
        (Published("vosk", "@/odd.json", "x", 1), {"/odd.json": b'[{"name": "x"}]'}, "something unexpected"),
        (Published("vosk", "@/x.zip", "x", 1), {"/x.zip": b"-"}, "no JSON"),
        (Published("whisper", "@", "x", 1), whisper("0" * 64), "checksum is another"),
        (Published("whisper", "http://127.0.0.1:9", "x", 1), {}, "cannot be reached"),
    ],
)
async def test_what_is_not_whole_leaves_nothing(
    serve: Serve, tmp_path: Path, model: Published, files: dict[str, bytes], reason: str
) -> None:
    site = model.site.replace("@", serve(files))
    table = {"m": Published(model.engine, site, model.id_, 1)}
    with pytest.raises(InstallFailed, match=reason):
        await install("m", tmp_path, lambda _: None, table)
    assert not names(tmp_path)


async def test_a_model_of_another_name(tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match="there is no model vosk-xx; there are vosk-ja"):
        await install("vosk-xx", tmp_path, lambda _: None)
    with pytest.raises(ModelMissing, match="vosk-xx is neither in"):
        find_model("vosk", "", "xx", tmp_path)
    with pytest.raises(ModelMissing, match="/nowhere is not there"):
        find_model("whisper", "/nowhere", "ja", tmp_path)
