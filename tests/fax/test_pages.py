"""Pages: what agents bring becomes what a machine takes, what one sent becomes a document; and bombs."""

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from gateways.fax.converting import Converter, Sheet, Unreadable
from tests.support.fax import write_pages


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _words(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return "".join(page.get_textpage().get_text_bounded() for page in document).replace(" ", "")


async def test_pages_of_a_machine_become_a_searchable_document(tmp_path: Path) -> None:
    target = tmp_path / "out.pdf"
    made = await Converter().receive(write_pages(tmp_path / "in.tif", 1), target)
    assert made.pages == 1
    assert "御注文書" in _words(target), "tesseract with jpn reads it"
    assert _names(tmp_path) == {"in.tif", "out.pdf"}


async def test_without_a_reader_the_document_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    made = await Converter().receive(write_pages(tmp_path / "in.tif", 2), tmp_path / "out.pdf")
    assert (made.pages, made.text) == (2, "")
    assert len(pypdfium2.PdfDocument(tmp_path / "out.pdf")) == 2


async def test_of_a_file_that_broke_off_the_whole_pages_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    whole = write_pages(tmp_path / "whole.tif", 4).read_bytes()
    (tmp_path / "in.tif").write_bytes(whole[: len(whole) * 3 // 4])
    made = await Converter().receive(tmp_path / "in.tif", tmp_path / "out.pdf")
    assert 1 <= made.pages < 4


async def test_text_and_files_become_pages_of_a4(tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    Image.linear_gradient("L").resize((900, 300)).save(wide)
    (tmp_path / "note.txt").write_text("一行目\n" * 60, encoding="utf-8")
    files = [
        (write_pages(tmp_path / "two.tif", 2), "image/tiff"),
        (wide, "image/png"),
        (tmp_path / "note.txt", "text/plain"),
    ]
    sheet = Sheet(("TO  +81355550000",), "承りました。" * 40)
    made = await Converter().send(files, sheet, 30, tmp_path / "out.tif")
    assert made.pages == 6, "the sheet, two, one, and two of text"
    with Image.open(tmp_path / "out.tif") as image:
        assert getattr(image, "n_frames", 1) == 6
        assert image.size == (1728, 2292)
        assert image.info["compression"] == "group4"
        assert image.convert("L").getextrema() == (0, 255), "there is something on it"


@pytest.mark.parametrize(
    ("name", "type_", "data", "reason"),
    [
        ("a.pdf", "application/pdf", b"%PDF-1.7\nnothing of a document", "unreadable"),
        ("a.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(100), "unreadable"),
        ("a.docx", "application/zip", b"PK\x03\x04", "type"),
        ("a.txt", "text/plain", b"line\n" * 60_000, "too_many_pages"),
    ],
)
async def test_what_is_no_page_is_refused(
    tmp_path: Path, name: str, type_: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable) as refused:
        await Converter().send([(tmp_path / name, type_)], None, 5, tmp_path / "out.tif")
    assert refused.value.reason == reason
    assert not (tmp_path / "out.tif").exists()


async def test_a_small_file_of_a_huge_picture_is_refused(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    with pytest.raises(Unreadable) as refused:
        await Converter().send([(tmp_path / "bomb.png", "image/png")], None, 5, tmp_path / "out.tif")
    assert refused.value.reason == "too_large"
