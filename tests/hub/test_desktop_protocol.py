"""Code and docs/desktop-protocol.md name the same commands, events, fields and codes."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec

from acd.contact import Channel, ContactState
from acd.ids import ContactId, CustomerId, OfferId, QueueName
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import (
    ContactView,
    Customer,
    Direction,
    Identifier,
    JourneyItem,
    JourneyKind,
    Message,
    PathItem,
)
from hub.desktop import commands, protocol
from hub.desktop.refusals import MESSAGES, Refusal

DOC = (Path(__file__).parents[2] / "docs" / "desktop-protocol.md").read_text()
K1, SUPPORT = ContactId("k1"), QueueName("support")


def _table(heading: str) -> dict[str, set[str]]:
    """Return the first column of a section's table, each with the words in code of its second."""
    section = DOC.split(f"## {heading}")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return {
        name: set(re.findall(r"`([a-z_]+)`", fields))
        for names, fields in rows
        for name in re.findall(r"`(\w+)`", names)
    }


def test_commands_are_those_of_the_document() -> None:
    documented = _table("Commands")
    types = {get_args(each.model_fields["type"].annotation)[0]: each for each in get_args(commands.Command)}
    assert set(types) == set(documented)
    for name, command in types.items():
        own = set(command.model_fields) - {"type", "ref"}
        assert own <= documented[name], name
        required = {field for field in own if command.model_fields[field].is_required()}
        assert required == own - {
            "reason",
            "note",
            "queue",
            "files",
            "choices",
            "subject",
            "place",
            "sticker",
            "video",
        }, name


def test_events_are_those_of_the_document() -> None:
    documented = _table("Events")
    types = {
        str(info.tag): {field.encode_name for field in info.fields}
        for event in get_args(protocol.Event)
        if isinstance(info := msgspec.inspect.type_info(event), msgspec.inspect.StructType)
    }
    assert set(types) == set(documented)
    for name, fields in types.items():
        if name != "contact":  # described below the table
            assert fields <= documented[name], name


def test_codes_are_those_of_the_document_and_have_texts() -> None:
    section = DOC.split("## Error codes")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z_]+)`", section)) == set(Refusal)
    assert set(MESSAGES) == set(Refusal)


def test_screen_pop_crosses_the_wire_whole() -> None:
    customer = Customer(CustomerId("c1"), "山田")
    message = Message("m1", Direction.IN, None, "こんにちは", 5)
    pop = protocol.ScreenPopped(
        contact=K1,
        channel=Channel.VOICE,
        queue=SUPPORT,
        waited_ms=1500,
        address=None,
        customer=customer,
        identifiers=(Identifier(IdentifierKind.PHONE, "+819012345678", LinkedBy.SIGNED_LINK),),
        journey=(JourneyItem(5, JourneyKind.MESSAGE_IN, Channel.LINE, K1, None, "こんにちは"),),
        open_threads=(
            ContactView(
                id=ContactId("k0"),
                channel=Channel.LINE,
                queue=SUPPORT,
                state=ContactState.CONNECTED,
                customer=customer.id,
                address="U1",
                name="山田",
                since_ms=4,
                messages=(message,),
            ),
        ),
        ivr=(PathItem("main", "1"),),
    )
    wire = json.loads(protocol.encode(pop))
    assert wire["type"] == "screen_pop"
    assert wire["address"] is None
    assert wire["customer"] == {"id": "c1", "name": "山田"}
    assert wire["identifiers"] == [{"kind": "phone", "value": "+819012345678", "how": "signed_link"}]
    assert wire["ivr"] == [{"menu": "main", "digits": "1"}]
    assert wire["journey"] == [
        {
            "at_ms": 5,
            "kind": "message_in",
            "channel": "line",
            "contact": "k1",
            "agent": None,
            "text": "こんにちは",
            "detail": {},
        }
    ]
    (thread,) = wire["open_threads"]
    shown = re.search(r"`contact`: `\{(.+?)\}`", DOC)
    assert shown is not None
    of_calls = {"muted", "recording", "parties", "about", "outbound", "notes"}
    assert set(thread) == set(re.findall(r"(?:^|, )(\w+)", shown[1])) - of_calls
    assert thread["messages"][0]["direction"] == "in"


def test_offer_has_its_type_first() -> None:
    offer = protocol.Offered(
        offer=OfferId("o1"), contact=K1, channel=Channel.LINE, queue=SUPPORT, deadline_ms=9
    )
    assert protocol.encode(offer) == (
        b'{"type":"offer","offer":"o1","contact":"k1","channel":"line","queue":"support","deadline_ms":9,'
        b'"callback":false}'
    )
