"""A mail's HTML made harmless, and read as text.

What stays: structure, a few colours, links to the web, to mail and to phones, and images that the mail itself
brings (`cid:`). An image elsewhere tells its sender who read the mail, and when: it goes.
"""

import html
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Final

import nh3

HTML_MAX: Final = 512 * 1024
"""Signs of HTML that are looked at."""

_UNCLOSED_MAX: Final = 3000
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_VOID: Final = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_GONE_WITH_CONTENT: Final = frozenset(
    {
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "iframe",
        "object",
        "embed",
        "template",
        "svg",
        "math",
        "xmp",
    }
    | {"textarea", "select", "option"}
)
_COMMON: Final = frozenset({"align", "dir", "lang", "title", "valign"})
_ATTRIBUTES: Final = {
    "*": _COMMON | {"style"},
    "a": {"href"},
    "font": {"color"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "bgcolor"},
    "th": {"colspan", "rowspan", "bgcolor"},
    "table": {"border", "cellpadding", "cellspacing", "bgcolor"},
}
_STYLES: Final = frozenset(
    {"color", "background-color", "font-weight", "font-style", "text-align", "text-decoration"}
)
_QUOTE: Final = re.compile(r"<(/?)blockquote\b[^>]*>")
_BLOCKS: Final = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
    }
    | {"h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_TAGS: Final = (_BLOCKS - {"address", "article", "footer", "header", "section"}) | {
    *(
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "del",
        "dfn",
        "em",
        "font",
    ),
    *(
        "i",
        "img",
        "ins",
        "kbd",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
    ),
    *("sub", "sup", "tbody", "td", "tfoot", "th", "thead", "tt", "u", "var", "wbr"),
}
_SUMMARY: Final = '<details class="quote"><summary>引用 / Quoted</summary>'


def clean(source: str) -> str:
    """Return HTML that a page can show: no script, no form, nothing that is fetched."""
    return _CLEANER.clean(_shallow(source[:HTML_MAX]))


def fold(cleaned: str) -> str:
    """Put each outermost quote into something that opens when it is clicked."""
    pieces: list[str] = []
    at = depth = 0
    for found in _QUOTE.finditer(cleaned):
        depth += -1 if found[1] else 1
        is_outermost = depth == (0 if found[1] else 1)
        pieces.append(cleaned[at : found.start()])
        at = found.end()
        pieces.append(f"{found[0]}</details>" if is_outermost and found[1] else "")
        pieces.append(_SUMMARY + found[0] if is_outermost and not found[1] else "")
        if not is_outermost:
            pieces.append(found[0])
        depth = max(depth, 0)
    return "".join(pieces) + cleaned[at:]


def of_text(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text).replace("\n", "<br>")


def folded_text(fresh: str, quoted: str) -> str:
    """Return a plain mail as HTML, what it quotes folded."""
    return fold(f"{of_text(fresh)}<blockquote>{of_text(quoted)}</blockquote>")


def to_text(cleaned: str, *, with_quotes: bool = True) -> str:
    """Return what a reader sees of cleaned HTML: lines where blocks end, links behind their words."""
    reader = _Reader(with_quotes)
    reader.feed(cleaned)
    reader.close()
    return reader.text()


def _shallow(source: str) -> str:
    """Return HTML that nests without end as mere text: cleaning takes the square of the depth."""
    unclosed: Counter[str] = Counter()
    for found in _TAG.finditer(source):
        name = found[2].lower()
        if not found[1]:
            unclosed[name] += name not in _VOID
        elif unclosed[name]:
            unclosed[name] -= 1
        if unclosed[name] > _UNCLOSED_MAX:
            return html.escape(re.sub("<[^<>]*>", " ", source))
    return source


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if value.lower().startswith("cid:") else None
    return value


_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_GONE_WITH_CONTENT),
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    attribute_filter=_attribute,
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    filter_style_properties=set(_STYLES),
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_relative="deny",
)


class _Reader(HTMLParser):
    def __init__(self, with_quotes: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._with_quotes = with_quotes
        self._pieces: list[str] = []
        self._quotes = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "blockquote":
            self._quotes += 1
            self._break()
        elif tag == "br":
            self._put("\n")
        elif tag in _BLOCKS:
            self._break()
        elif tag in ("td", "th"):
            self._put(" ")
        elif tag == "a":
            self._links.append((given.get("href", ""), len(self._pieces)))
        elif tag == "img" and given.get("alt"):
            self._put(f"[{given['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "a" and self._links:
            href, since = self._links.pop()
            said = "".join(self._pieces[since:]).strip()
            if href.startswith(("http://", "https://")) and href.rstrip("/") not in (said, said.rstrip("/")):
                self._put(f" <{href}>")
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        self._put(re.sub(r"[ \t\r\n\f\u00a0]+", " ", data))

    def text(self) -> str:
        lines = "".join(self._pieces).split("\n")
        return re.sub("\n{3,}", "\n\n", "\n".join(line.strip(" ") for line in lines)).strip()

    def _break(self) -> None:
        if self._pieces and not self._pieces[-1].endswith("\n"):
            self._put("\n")

    def _put(self, text: str) -> None:
        if self._with_quotes or not self._quotes:
            self._pieces.append(text)
