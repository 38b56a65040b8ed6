"""What a mail says and what it brings, out of its parts."""

import mimetypes
import re
from dataclasses import dataclass, field

from gateways.mail import html as markup
from gateways.mail import quotes
from gateways.mail.charsets import decode
from gateways.mail.headers import file_name
from gateways.mail.mime import Bytes, Node, scan
from gateways.mail.transfer import undo
from gateways.protocol import Part

TEXT_MAX = 100_000
_RAW_MAX = 1024 * 1024


@dataclass(slots=True)
class Bodies:
    """`text` is what is new, `html` the whole for a page to show (None: the text is all).

    `everything` is searched for reference numbers. `is_cut`: there is more text than is shown.
    """

    text: str = ""
    html: str | None = None
    everything: str = ""
    parts: list[Part] = field(default_factory=list)
    is_cut: bool = False


def bodies(raw: Bytes, root: Node, *, sizes: dict[str, int] | None = None) -> Bodies:
    """Read a mail's parts; `sizes` are the encoded sizes of those whose bytes are elsewhere."""
    found = _Found(raw, sizes or {})
    found.walk(root)
    return found.result()


class _Found:
    def __init__(self, raw: Bytes, sizes: dict[str, int]) -> None:
        self._raw, self._sizes = raw, sizes
        self._plain: list[str] = []
        self._html: list[str] = []
        self._parts: list[Part] = []
        self._is_cut = False

    def walk(self, node: Node) -> None:
        if node.is_multipart:
            for child in node.children:
                self.walk(child)
        elif node.type == "text/plain" and not _is_file(node):
            self._plain.append(_flowed(self._text(node), node))
        elif node.type == "text/html" and not _is_file(node):
            self._html.append(self._text(node))
        elif node.type.startswith("multipart/"):
            if node.end > node.start:  # its parts cannot be told apart
                self._plain.append(self._text(node))
        elif node.type not in ("message/delivery-status", "message/disposition-notification"):
            self._parts.append(self._part(node))

    def result(self) -> Bodies:
        plain = "\n\n".join(piece.strip("\n") for piece in self._plain if piece.strip())
        source = "<hr>".join(self._html)
        cleaned = markup.clean(source) if source.strip() else ""
        shown = markup.fold(cleaned) or None
        if plain.strip():
            everything = plain
            fresh, quoted = quotes.split(plain)
            shown = shown or (markup.folded_text(fresh, quoted) if quoted else None)
        else:
            everything = markup.to_text(cleaned)
            fresh, _ = quotes.split(markup.to_text(cleaned, with_quotes=False) or everything)
        cut = self._is_cut or len(fresh) > TEXT_MAX or len(source) > markup.HTML_MAX
        return Bodies(fresh[:TEXT_MAX].strip(), shown, everything[:TEXT_MAX], self._parts, cut)

    def _text(self, node: Node) -> str:
        raw = self._raw[node.start : min(node.end, node.start + _RAW_MAX)]
        self._is_cut |= node.end - node.start > _RAW_MAX or node.path in self._sizes
        content = undo(raw, node.headers.value("Content-Transfer-Encoding"))
        charset = node.headers.parameter("Content-Type", "charset")
        if charset is None and node.type == "text/html":
            charset = _charset_of_html(content)
        text = decode(content, charset).replace("\r\n", "\n").replace("\r", "\n")
        return re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f]", "", text)

    def _part(self, node: Node) -> Part:
        headers = node.headers
        name = headers.parameter("Content-Disposition", "filename") or headers.parameter(
            "Content-Type", "name"
        )
        ending = ".eml" if node.type == "message/rfc822" else mimetypes.guess_extension(node.type) or ""
        if not name and node.type == "message/rfc822":
            inner = scan(self._raw[node.start : min(node.end, node.start + 65536)]).root.headers
            name = f"{inner.text('Subject')[:80]}.eml" if inner.text("Subject") else None
        size = self._sizes.get(node.path, node.end - node.start)
        if headers.value("Content-Transfer-Encoding") == "base64":
            size = size * 3 // 4
        cid = headers.text("Content-ID").strip("<> ")
        default = f"file{len(self._parts) + 1}{ending}"
        return Part(
            name=file_name(name or default, default),
            type=node.type[:100],
            source=node.path,
            size=size,
            cid=cid[:200] or None,
        )


def _is_file(node: Node) -> bool:
    headers = node.headers
    if headers.value("Content-Disposition") == "attachment":
        return True
    return bool(
        headers.parameter("Content-Disposition", "filename") or headers.parameter("Content-Type", "name")
    )


def _charset_of_html(content: bytes) -> str | None:
    found = re.search(
        rb"<meta[^>]{1,200}charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", content[:4096], re.IGNORECASE
    )
    return found[1].decode() if found else None


def _flowed(text: str, node: Node) -> str:
    """Join lines that were only broken for the way (RFC 3676)."""
    headers = node.headers
    if (headers.parameter("Content-Type", "format") or "").lower() != "flowed":
        return text
    drops_space = (headers.parameter("Content-Type", "delsp") or "").lower() == "yes"
    lines: list[str] = []
    is_open = False
    for line in text.split("\n"):
        line = line[1:] if line.startswith(" ") else line
        if is_open and not line.startswith(">") and line != "-- ":
            lines[-1] += line
        else:
            lines.append(line)
        is_open = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if is_open and drops_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
