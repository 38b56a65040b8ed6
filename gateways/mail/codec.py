"""A stored mail becomes a message, a receipt, or nothing. No I/O."""

import re
from collections.abc import Mapping

from acd.contact import Channel
from gateways import case_numbers
from gateways.mail import automatic, verdicts
from gateways.mail.bodies import Bodies, bodies
from gateways.mail.envelope import Stored, pack, unpack, whole
from gateways.mail.headers import Headers
from gateways.mail.mailboxes import Mailbox
from gateways.mail.mime import Structure, scan
from gateways.mail.reports import Report, report
from gateways.protocol import Delivery, Inbound, Incoming, RawEvent, Receipt

_REFS_MAX = 30
_CASE_LOOK = 20_000
_ADDRESS_MAX = 320


def event_of(mail: Stored) -> RawEvent:
    """Return a mail as the inbox stores it."""
    event_id = f"{mail.mailbox}:{mail.digest}"
    _, sender = scan(mail.raw).root.headers.address("From")
    address = sender[:_ADDRESS_MAX] or event_id
    return RawEvent(channel=Channel.EMAIL, event_id=event_id, address=address, body=pack(mail))


def decode(event: RawEvent, boxes: Mapping[str, Mailbox], secret: bytes) -> Incoming | None:
    """Read a stored mail; None for our own that came back, or a report that a server still tries.

    Raises `ValueError` for what is none, and for what stands for a mail that could not be fetched.
    """
    mail = unpack(event.body)
    if mail.missing:
        where = f"number {mail.uid} in mailbox {mail.mailbox}, {max(mail.size // 1024, 1)} KB"
        raise ValueError(f"a mail could not be fetched and is left at the server ({where}): {mail.missing}")
    box = boxes.get(mail.mailbox)
    own = frozenset().union(*(each.addresses for each in boxes.values()))
    structure = scan(mail.raw)
    headers = structure.root.headers
    _, sender = headers.address("From")
    if sender in own and headers.raw(automatic.OWN_MARK) is not None:
        return None
    told = report(mail.raw, structure.root, secret)
    if told is not None and (told.sent_as is not None or told.delivery is Delivery.QUEUED):
        return _receipt(event, mail, told)
    return _message(event, mail, box, own, structure, told)


def _receipt(event: RawEvent, mail: Stored, told: Report) -> Receipt | None:
    if told.sent_as is None or told.delivery is Delivery.QUEUED:
        return None
    return Receipt(
        channel=Channel.EMAIL,
        event_id=event.event_id,
        address=told.recipient,
        sent_as=told.sent_as,
        delivery=told.delivery,
        at_ms=mail.at_ms,
        reason=told.reason,
    )


def _message(
    event: RawEvent,
    mail: Stored,
    box: Mailbox | None,
    own: frozenset[str],
    structure: Structure,
    told: Report | None,
) -> Inbound:
    headers = structure.root.headers
    content = bodies(mail.raw, structure.root, sizes=_sizes(mail, structure))
    subject = headers.text("Subject")[:500]
    machine = automatic.reason(headers, structure.root.type, own) or ("report" if told else "")
    name, address = _writer(headers, own)
    text = content.text or ("" if content.parts else subject)
    return Inbound(
        channel=Channel.EMAIL,
        event_id=event.event_id,
        address=(address or event.address)[:_ADDRESS_MAX],
        text=f"（配信エラーの通知）\n{text}" if told else text,
        at_ms=mail.at_ms,
        kind="bounce" if told else "text",
        account=mail.mailbox,
        subject=subject or None,
        html=content.html,
        parts=tuple(content.parts),
        case=case_numbers.find(subject) or case_numbers.find(content.everything[:_CASE_LOOK]),
        refs=_refs(headers),
        name=name[:120] or None,
        is_automatic=bool(machine),
        notes=_notes(mail, box, headers, structure, content, machine, address),
    )


def _sizes(mail: Stored, structure: Structure) -> dict[str, int]:
    """Return the sizes of the parts that are not stored whole."""
    if not mail.holes:
        return {}
    spans = {node.path: (whole(mail, node), node) for node in structure.root.leaves()}
    return {
        path: end - start
        for path, ((start, end), node) in spans.items()
        if end - start > node.end - node.start
    }


def _writer(headers: Headers, own: frozenset[str]) -> tuple[str, str]:
    """Return whom an answer goes to: the sender, or where a form or a machine says that its answers go."""
    name, sender = headers.address("From")
    if sender in own or automatic.is_machine(sender):
        asked_name, asked = headers.address("Reply-To")
        if asked and asked not in own:
            return asked_name or name, asked
    return name, sender


def _refs(headers: Headers) -> tuple[str, ...]:
    """Return the ids of the mails that this one answers, oldest first, and its own at the end."""
    answered = [*headers.ids("References"), *headers.ids("In-Reply-To"), *headers.ids("Message-ID")[:1]]
    newest_first = dict.fromkeys(reversed(answered))
    return tuple(reversed(list(newest_first)[:_REFS_MAX]))


def _notes(
    mail: Stored,
    box: Mailbox | None,
    headers: Headers,
    structure: Structure,
    content: Bodies,
    machine: str,
    writer: str,
) -> tuple[str, ...]:
    """Return what else is to be known, as `word=value` (docs/mail.md lists the words)."""
    _, sender = headers.address("From")
    _, answers = headers.address("Reply-To")
    found = verdicts.verdicts(headers, box.server if box else "")
    told = [f"sender={verdicts.standing(found, sender)}", *found]
    if machine:
        told.append(f"automatic={machine}")
    if answers and answers != sender:
        told.append(f"{'answers_to' if answers == writer else 'reply_to'}={answers}")
    if mail.is_short:
        told.append(f"cut=size {mail.size}")
    if structure.is_cut:
        told.append("cut=parts")
    if content.is_cut:
        told.append("cut=text")
    return tuple(re.sub(r"[\x00-\x1f]", " ", each) for each in told)
