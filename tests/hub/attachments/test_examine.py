"""What a file is, and whether it is dangerous."""

import io
import struct
import tempfile
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.attachments.errors import FileRefused, Refused
from hub.attachments.examine import Looked, examine
from tests.hub.attachments.made import packed, png

ZIPPED = packed({"a.txt": b"a"})
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def look(data: bytes, name: str = "file") -> Looked:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return examine(file, name)


def why_not(data: bytes, name: str = "file") -> Refused:
    with pytest.raises(FileRefused) as caught:
        look(data, name)
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (png(), "a.png", "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a.jpg", "image/jpeg"),
        (b"GIF89a\x01\0\x01\0\0\0\0;", "a.gif", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a.wav", "audio/wav"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        (b"\0\0\0\x18ftypmp42", "a.mp4", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "a.m4a", "audio/mp4"),
        (b"\0\0\0\x18ftypheic", "a.heic", "image/heic"),
        (OLE, "a.xls", "application/vnd.ms-excel"),
        (ZIPPED, "a.zip", "application/zip"),
        (packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "a.docx", DOCX),
        (
            packed({"mimetype": b"application/vnd.oasis.opendocument.text"}, is_dense=False),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        ("名前,電話\r\n".encode("cp932"), "a.csv", "text/csv"),
        ("こんにちは".encode("iso2022_jp"), "a.txt", "text/plain"),
        ("ございます".encode() * 2000, "a.txt", "text/plain"),
    ],
)
def test_a_file_is_what_is_in_it(data: bytes, name: str, kind: str) -> None:
    assert look(data, name) == Looked(kind, name)


def test_what_it_claims_to_be_is_not_believed() -> None:
    assert look(png(), "請求書.pdf") == Looked("image/png", "請求書.pdf.png")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\0" + bytes(60), "写真.jpg"),
        (b"\x7fELF\x02", "a"),
        (b"#!/bin/sh\n", "a.txt"),
        (b"alert(1)", "a.js"),
        (png(), "a.png.exe"),
        (packed({"Invoice.PDF.exe": b"MZ"}), "a.zip"),
        (packed({"[Content_Types].xml": b"", "word/vbaProject.bin": b"x"}), "a.docx"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "a.doc"),
    ],
)
def test_programs_are_refused(data: bytes, name: str) -> None:
    assert why_not(data, name) is Refused.EXECUTABLE


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\xef\xbb\xbf <!-- x --> <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        bytes(range(256)),
        b"\x1f\x8b\x08" + bytes(20),
        b"PK\x03\x04 and no more",
        OLE,
    ],
)
def test_pages_and_what_nobody_knows_are_refused(data: bytes) -> None:
    assert why_not(data, "a.txt") is Refused.TYPE


def test_a_zip_bomb_is_refused_without_being_unpacked() -> None:
    assert why_not(packed({"zeros.txt": bytes(30_000_000)})) is Refused.BOMB


def test_entries_that_share_their_bytes_are_a_bomb() -> None:
    data = bytearray(packed({"a": b"0" * 100, "b": b"1" * 100}, is_dense=False))
    second = data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # begins where the first one does
    assert why_not(bytes(data)) is Refused.BOMB


def test_a_directory_of_many_entries_is_not_read() -> None:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for number in range(15_000):
            archive.writestr(f"{number:0100}", b"")
    assert why_not(found.getvalue()) is Refused.BOMB


def test_an_image_of_many_pixels_is_a_bomb() -> None:
    assert why_not(png(claimed=(60_000, 60_000))) is Refused.BOMB
    jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 60_000, 60_000)
    assert why_not(jpeg) is Refused.BOMB


@given(st.binary(min_size=1, max_size=300), st.text(max_size=20))
@example(ZIPPED[:-3], "a.zip")
@example(b"\xff\xd8\xff", "")
def test_nothing_breaks_it(data: bytes, name: str) -> None:
    for start in (b"", b"PK\x03\x04", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        try:
            look(start + data, name)
        except FileRefused:
            continue


@given(st.integers(0, len(ZIPPED) - 1), st.integers(0, 255))
def test_no_changed_archive_breaks_it(at: int, value: int) -> None:
    data = bytearray(ZIPPED)
    data[at] = value
    try:
        look(bytes(data), "a.zip")
    except FileRefused:
        return
