"""What our own mail server found out about a sender (RFC 8601). Other servers' words count for nothing."""

import re
from typing import Final

from gateways.mail.headers import Headers

_METHODS: Final = ("spf", "dkim", "dmarc")
_RESULT: Final = re.compile(r"^\s*(spf|dkim|dmarc)\s*=\s*([a-z]{2,12})\b", re.IGNORECASE)
_WHO: Final = re.compile(
    r"\b(?:header\.(?:d|i|from)|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]{1,200})", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")


def verdicts(headers: Headers, server: str) -> tuple[str, ...]:
    """Return such as `dkim=pass example.jp`, best result of each method; empty if `server` says nothing.

    Only the topmost header of that server is believed: it added that one last, and what stands below may have
    come with the mail.
    """
    if not server:
        return ()
    for raw in headers.all_raw("Authentication-Results"):
        text = _COMMENT.sub(" ", raw.decode("ascii", "replace"))
        identity, _, rest = text.partition(";")
        if identity.split()[:1] and identity.split()[0].lower() == server.lower():
            return _best(rest)
    return ()


def standing(found: tuple[str, ...], sender: str) -> str:
    """Return whether verdicts prove the address that a mail names as its sender's (RFC 7489 §3.1).

    `proven`; `unproven`: what was checked does not stand for its domain; `unchecked`: nobody told.
    """
    if not found:
        return "unchecked"
    domain = sender.rpartition("@")[2].lower()
    told = {each.partition("=")[0]: each.partition("=")[2].partition(" ") for each in found}
    policy = told.get("dmarc", ("", "", ""))[0]
    if policy in ("pass", "fail"):
        return "proven" if policy == "pass" else "unproven"
    passed = (who for result, _, who in told.values() if result == "pass")
    return "proven" if any(_stands_for(who.rpartition("@")[2], domain) for who in passed) else "unproven"


def _stands_for(who: str, domain: str) -> bool:
    return bool(who) and (who == domain or who.endswith(f".{domain}") or domain.endswith(f".{who}"))


def _best(text: str) -> tuple[str, ...]:
    found: dict[str, tuple[str, str]] = {}
    for piece in text.split(";")[:40]:
        if match := _RESULT.match(piece):
            method, result = match[1].lower(), match[2].lower()
            who = _WHO.search(piece)
            if method not in found or result == "pass":
                found[method] = (result, who[1].lower().lstrip("@") if who else "")
    return tuple(f"{name}={found[name][0]} {found[name][1]}".rstrip() for name in _METHODS if name in found)
