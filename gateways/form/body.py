"""What a browser or a program posts: JSON, a form, or a form with files (RFC 7578). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

import msgspec

_PARTS_MAX = 100
_PARAMETER = re.compile(r';\s*(name|filename)="([^"\r\n]*)"', re.IGNORECASE)
_TYPE = re.compile(r"^content-type:\s*([\w.+-]+/[\w.+-]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file; `type` as the browser claims it."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Filled:
    """The values by the names of their fields, and the files."""

    values: dict[str, str]
    files: tuple[Upload, ...] = ()


def read(content_type: str, body: bytes) -> Filled:
    """Read a body; raises `ValueError`."""
    header = Message()
    header["Content-Type"] = " ".join(content_type[:500].split())
    match header.get_content_type():
        case "application/json":
            return Filled(_json(body))
        case "application/x-www-form-urlencoded":
            return Filled(dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_PARTS_MAX)))
        case "multipart/form-data":
            return _multipart(str(header.get_param("boundary") or ""), body)
        case _:
            raise ValueError("expected JSON or a form")


def _json(body: bytes) -> dict[str, str]:
    given = msgspec.json.decode(body, type=dict[str, str | int | float | bool | None])
    return {name: _text(value) for name, value in given.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _multipart(boundary: str, body: bytes) -> Filled:
    values: dict[str, str] = {}
    files: list[Upload] = []
    for head, content in _parts(boundary, body):
        told = {match[1].lower(): match[2] for match in _PARAMETER.finditer(head)}
        if "name" not in told:
            raise ValueError("a part without a name")
        name = told.get("filename")
        if name is None:
            values[told["name"]] = content.decode()
        elif name or content:
            kind = _TYPE.search(head)
            files.append(
                Upload(_bare(name), kind[1].lower() if kind else "application/octet-stream", content)
            )
    return Filled(values, tuple(files))


def _parts(boundary: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    if not 1 <= len(boundary) <= 70:
        raise ValueError("expected a boundary")
    line = b"\r\n--" + boundary.encode("ascii", "replace")
    pieces = (b"\r\n" + body).split(line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("a form that does not end")
    if len(pieces) > _PARTS_MAX:
        raise ValueError(f"expected at most {_PARTS_MAX} parts")
    for piece in pieces[1:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            raise ValueError("a part without headers")
        yield head.decode("utf-8", "replace"), content


def _bare(name: str) -> str:
    """Return a file's name without the path that some browsers put before it."""
    return name.replace("\\", "/").rpartition("/")[2][:200] or "file"
