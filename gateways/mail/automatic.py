"""Mail that machines wrote: answers of theirs, lists, reports. No machine of ours answers it (RFC 3834)."""

import re
from typing import Final

from gateways.mail.headers import Headers

OWN_MARK: Final = "X-Toritsugi"
"""A header of all that we send: what comes back with it from an address of ours is our own mail."""

_MACHINES: Final = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|donotreply|bounces?|notifications?|majordomo|listserv)\b",
    re.IGNORECASE,
)
_SUBJECTS: Final = re.compile(
    r"^\s*(auto(matic)?([ -]?(reply|response|answer))?\s*:|out of (the )?office|returned mail"
    r"|undeliver(ed|able)|delivery status notification|mail delivery (failed|subsystem)"
    r"|【?(自動返信|自動応答|自動送信|不在通知|不在)】?[ :：】]|配信不能|配送不能)",
    re.IGNORECASE,
)
_PRECEDENCE: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_SIGNS: Final = frozenset(
    {
        "list-id",
        "list-unsubscribe",
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply-from",
        "x-failed-recipients",
        "x-loop",
        "feedback-id",
        "delivered-by-autoresponder",
    }
)


def reason(headers: Headers, kind: str, own: frozenset[str]) -> str:
    """Return why a mail counts as a machine's; empty if a person wrote it.

    `kind` is its media type, `own` our own addresses. A sender who asks to be spared automatic answers
    (`X-Auto-Response-Suppress`) is treated the same.
    """
    submitted = headers.plain("Auto-Submitted").partition(";")[0].strip()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted[:40]}"
    if headers.plain("Precedence") in _PRECEDENCE:
        return f"Precedence: {headers.plain('Precedence')}"
    if headers.plain("Return-Path") == "<>":
        return "Return-Path: <>"
    if kind in ("multipart/report", "message/delivery-status"):
        return kind
    if found := sorted(_SIGNS & headers.names()):
        return found[0]
    suppress = {each.strip() for each in headers.plain("X-Auto-Response-Suppress").split(",")}
    if suppress & {"all", "autoreply", "oof"}:
        return "X-Auto-Response-Suppress"
    _, sender = headers.address("From")
    if sender in own:
        return "from an address of ours"
    if is_machine(sender):
        return "the sender's address"
    return "the subject" if _SUBJECTS.match(headers.text("Subject")) else ""


def is_machine(address: str) -> bool:
    """Whether mail to an address reaches nobody, by its name."""
    return not address or bool(_MACHINES.match(address))
