"""What a mail says anew, apart from the mail below it that it answers."""

import re
from typing import Final

_QUOTED: Final = re.compile(r"\s{0,3}[>＞|｜]")
_ATTRIBUTION: Final = re.compile(
    r"^\s*(on\b.{4,200}\bwrote\s*:|.{0,200}(さん|様|からの|が)?(は|の)?(書きました|次のように書きました|メール)\s*[:：]?"
    r"|.{0,120}\d{4}[年/-].{0,160}<[^<>\s]+@[^<>\s]+>.{0,20}[:：]|.{0,160}<[^<>\s]+@[^<>\s]+>\s*(:|：|wrote:|のメール[:：]?))\s*$",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(
    r"^\s*(-{3,}\s*(original (message|appointment)|forwarded message|元のメッセージ|オリジナルメッセージ"
    r"|転送メッセージ)\s*-{3,}|_{20,})\s*$",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"^\s*\*?(from|差出人|送信者|送信元)\s*[:：]", re.IGNORECASE)
_MORE_HEADERS: Final = re.compile(
    r"^\s*\*?(sent|date|to|subject|送信日時|日時|宛先|件名|cc)\s*[:：]", re.IGNORECASE
)


def split(text: str) -> tuple[str, str]:
    """Return what is new and what is quoted at the end; quotes between new lines stay where they are.

    A mail that is nothing but a quote counts as new.
    """
    lines = text.split("\n")
    cut = min(_block_below(lines), _trailing_quote(lines))
    fresh, quoted = "\n".join(lines[:cut]).rstrip(), "\n".join(lines[cut:]).strip("\n")
    return (fresh, quoted) if fresh.strip() else (text.strip("\n"), "")


def _block_below(lines: list[str]) -> int:
    """Return where a mail begins that is set below whole, with its headers and no marks."""
    for number, line in enumerate(lines):
        if len(line) > 400:
            continue
        if _BELOW.match(line) and (not line.strip().startswith("_") or _has_headers(lines, number + 1)):
            return number
        if _FROM.match(line) and _has_headers(lines, number):
            return number
    return len(lines)


def _has_headers(lines: list[str], at: int) -> bool:
    """Whether a mail's headers, written out, begin about here."""
    near = [line for line in lines[at : at + 8] if len(line) < 400]
    return any(map(_FROM.match, near[:3])) and sum(1 for line in near if _MORE_HEADERS.match(line)) >= 2


def _trailing_quote(lines: list[str]) -> int:
    """Return where the marked lines begin that run to the end, with the line that says whose they are."""
    at = len(lines)
    seen = False
    while at > 0 and (not lines[at - 1].strip() or _QUOTED.match(lines[at - 1])):
        at -= 1
        seen = seen or bool(_QUOTED.match(lines[at]))
    if not seen:
        return len(lines)
    for length in (1, 2, 3):
        line = " ".join(part.strip() for part in lines[max(0, at - length) : at])
        if at >= length and len(line) < 400 and _ATTRIBUTION.match(line):
            return at - length
    return at
