"""Asterisk's configuration dialect: what it means, and where it says that something is wrong."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.dialect import DialectError, Document, read


def write(folder: Path, text: str, name: str = "queues.conf") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def parse(folder: Path, text: str) -> Document:
    return read(write(folder, text))


def test_entries_keep_their_place(tmp_path: Path) -> None:
    document = parse(tmp_path, "; head\n[support]\nstrategy = rrmemory ; why\nmember => PJSIP/sato\n")
    support = document.sections["support"]
    assert (support.file, support.line) == (str(tmp_path / "queues.conf"), 2)
    assert [(e.key, e.value, e.line) for e in support.entries] == [
        ("strategy", "rrmemory", 3),
        ("member", "PJSIP/sato", 4),
    ]


def test_templates_are_inherited_in_order_and_overridden(tmp_path: Path) -> None:
    document = parse(
        tmp_path,
        "[base](!)\ntimeout=15\nretry=5\n[loud](!)\ntimeout=20\n[support](base,loud)\nretry=1\n",
    )
    support = document.sections["support"]
    assert support.get("TIMEOUT") is not None
    assert [e.value for e in support.all("timeout")] == ["15", "20"]
    assert (support.get("timeout") or support.entries[0]).value == "20"
    assert (support.get("retry") or support.entries[0]).value == "1"
    assert [s.name for s in document.concrete()] == ["support"]


def test_plus_adds_to_a_section_and_plus_equals_to_a_value(tmp_path: Path) -> None:
    document = parse(tmp_path, "[a]\nx = one\n[b]\ny=2\n[a](+)\nx += ,two\n")
    entry = document.sections["a"].get("x")
    assert entry is not None
    assert (entry.value, entry.line) == ("one,two", 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[a]\nx = 1 ;-- two --; 3", "1  3"),
        ("[a]\nx = 1 ;-- two\n three = 4 --;", "1"),
        ("[a]\nx = a\\;b ; c", "a;b"),
        ("[a]\nx => お電話 ;--- a rule of dashes is a plain comment", "お電話"),
        ("\ufeff[a]\r\nx=1\r\n", "1"),
        ("[a]\nx = a=b", "a=b"),
    ],
)
def test_comments_and_escapes(tmp_path: Path, text: str, value: str) -> None:
    entry = parse(tmp_path, text).sections["a"].get("x")
    assert entry is not None
    assert entry.value == value


def test_includes_name_their_own_file(tmp_path: Path) -> None:
    (tmp_path / "queues.d").mkdir()
    write(tmp_path, "member => PJSIP/sato\n", "members.conf")
    write(tmp_path, "[two]\n", "queues.d/two.conf")
    document = parse(
        tmp_path,
        '[one]\n#include "members.conf"\n#include queues.d/*.conf\n#tryinclude <absent.conf>\n',
    )
    member = document.sections["one"].get("member")
    assert member is not None
    assert member.file.endswith("members.conf")
    assert "two" in document.sections


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("x = 1", 1, "a [section]"),
        ("[a]\nnonsense", 2, "key = value"),
        ("[a]\n= 1", 2, "key = value"),
        ("[a", 1, "[name]"),
        ("[]", 1, "[name]"),
        ("[a](b)", 1, "section [b] before"),
        ("[a](+)", 1, "there is none before"),
        ("[a]\n[b]\n[a]", 3, "stands already at"),
        ("[a]\n#exec ls", 2, "#include or #tryinclude, found #exec"),
        ("[a]\n#include", 2, '#include "file"'),
        ('[a]\n#include "absent.conf"', 2, "there is none"),
        ('[a]\n#include "queues.conf"', 2, ""),
        ("[a]\nx=1 ;-- open\n\n", 2, "--;"),
    ],
)
def test_each_fault_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    with pytest.raises(DialectError) as caught:
        parse(tmp_path, text)
    assert expected in caught.value.problem.message
    assert str(caught.value).startswith(str(tmp_path / "queues.conf"))
    assert caught.value.problem.line in (line, 1)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "queues.conf"
    path.write_bytes("[a]\nx = お".encode("shift_jis"))
    with pytest.raises(DialectError, match=r"queues\.conf:2: expected UTF-8"):
        read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DialectError, match="cannot be read"):
        read(tmp_path / "queues.conf")


@given(st.text(alphabet='[]()!+=>;-#\\\n ab,"', max_size=80))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(DialectError):
        document = parse(Path(folder), text)
        assert all(section.line > 0 for section in document.sections.values())
