"""File names that others chose."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.attachments.names import BYTES_MAX, NAME_MAX, clean, ending, with_ending


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("写真.jpg", "写真.jpg"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\misaki\請求書.pdf", "請求書.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\0b\r\nc.txt", "ab c.txt"),
        ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
        ('"quoted";filename=x.html', "_quoted_;filename=x.html".replace("_;", "_;")),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        (".htaccess", "htaccess"),
        ("report.pdf. . ", "report.pdf"),
        ("か\u3099.txt", "が.txt"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
    ],
)
def test_a_name_is_made_harmless(given_: str, expected: str) -> None:
    assert clean(given_) == expected


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder_or_hides_anything(name: str) -> None:
    found = clean(name)
    assert found == clean(found)
    assert 0 < len(found) <= NAME_MAX
    assert len(found.encode()) <= BYTES_MAX
    assert not set(found) & set('/\\<>:"|?*')
    assert found not in (".", "..")
    assert all(unicodedata.category(each)[0] != "C" for each in found)


def test_a_long_name_keeps_its_ending() -> None:
    assert clean("長" * 300 + ".pdf").endswith("長.pdf")


def test_the_ending_says_what_is_in_it() -> None:
    assert ending("a.tar.GZ") == "gz"
    assert ending("README") == ""
    assert with_ending("photo.JPG", ("jpg", "jpeg")) == "photo.JPG"
    assert with_ending("photo.png", ("jpg", "jpeg")) == "photo.png.jpg"
    assert with_ending("page.html", ("txt",)) == "page.html.txt"
