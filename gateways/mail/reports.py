"""What other servers report about our mails: not delivered (RFC 3464), read (RFC 8098)."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateways.mail.headers import Headers
from gateways.mail.message_ids import find
from gateways.mail.mime import Bytes, Node
from gateways.mail.transfer import undo
from gateways.protocol import Delivery

_LOOK_MAX = 256 * 1024
_ACTIONS = {
    "failed": Delivery.FAILED,
    "delivered": Delivery.DELIVERED,
    "relayed": Delivery.DELIVERED,
    "expanded": Delivery.DELIVERED,
    "delayed": Delivery.QUEUED,
}


@dataclass(frozen=True, slots=True)
class Report:
    """How far a mail came. `sent_as` is its id if it is ours; `QUEUED`: the server tries on."""

    delivery: Delivery
    sent_as: str | None
    recipient: str
    reason: str


def report(raw: Bytes, root: Node, secret: bytes) -> Report | None:
    """Read a report, in its standard form or as old servers write it; None if the mail is none."""
    for node in root.leaves():
        content = undo(raw[node.start : min(node.end, node.start + _LOOK_MAX)], _encoding(node))
        if node.type == "message/delivery-status":
            return _of_status(content, _ours(raw, root, secret))
        if node.type == "message/disposition-notification":
            return _of_reading(Headers(content), secret)
    return _of_old_server(raw, root, secret)


def _of_status(content: bytes, sent_as: str | None) -> Report:
    recipients = [block for block in _blocks(content) if "action" in block.names()]
    worst = next((each for each in recipients if each.plain("Action") == "failed"), None)
    block = worst or next(iter(recipients), Headers(b""))
    status, diagnosis = block.plain("Status"), block.text("Diagnostic-Code").partition(";")[2].strip()
    recipient = block.text("Final-Recipient").rpartition(";")[2].strip().lower()
    delivery = _ACTIONS.get(block.plain("Action"), Delivery.FAILED)
    return Report(delivery, sent_as, recipient[:320], f"{status} {diagnosis}".strip()[:300])


def _of_reading(fields: Headers, secret: bytes) -> Report | None:
    sent_as = find(fields.text("Original-Message-ID"), secret)
    is_read = fields.plain("Disposition").rpartition(";")[2].strip().startswith("displayed")
    recipient = fields.text("Final-Recipient").rpartition(";")[2].strip().lower()
    return Report(Delivery.READ if is_read else Delivery.DELIVERED, sent_as, recipient[:320], "")


def _of_old_server(raw: Bytes, root: Node, secret: bytes) -> Report | None:
    """Read a failure in free words: from the mail system, with our mail in it."""
    headers = root.headers
    _, sender = headers.address("From")
    failed = headers.text("X-Failed-Recipients")
    if not failed and sender.partition("@")[0] not in ("mailer-daemon", "postmaster"):
        return None
    sent_as = _ours(raw, root, secret)
    reason = headers.text("Subject")[:300]
    return (
        Report(Delivery.FAILED, sent_as, failed.partition(",")[0].strip().lower(), reason)
        if sent_as
        else None
    )


def _ours(raw: Bytes, root: Node, secret: bytes) -> str | None:
    """Return the id of the mail of ours that came back, whole or in part, below the first header."""
    for node in root.leaves():
        text = undo(raw[node.start : min(node.end, node.start + _LOOK_MAX)], _encoding(node))
        if found := find(text.decode("ascii", "replace"), secret):
            return found
    return None


def _blocks(content: bytes) -> Iterator[Headers]:
    for block in content.replace(b"\r\n", b"\n").split(b"\n\n")[:100]:
        if block.strip():
            yield Headers(block)


def _encoding(node: Node) -> str:
    return node.headers.value("Content-Transfer-Encoding")
