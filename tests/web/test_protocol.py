"""The page's view of the protocol is the hub's, field by field."""

import re
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import get_args

import msgspec
import pytest

from acd.agent import Presence
from acd.contact import Channel
from acd.policy import Disposition
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import (
    Candidate,
    Customer,
    Delivery,
    Identifier,
    JourneyItem,
    JourneyKind,
    MatchReason,
    Message,
    PathItem,
)
from cti.supervision import SuperviseMode
from hub.desktop import commands, protocol
from tests.support.browser import WEB

PROTOCOL = (WEB / "src" / "protocol.ts").read_text()
VALUES = {
    "Agent": protocol.AgentCard,
    "Candidate": Candidate,
    "Contact": protocol.ContactShown,
    "Customer": Customer,
    "Identifier": Identifier,
    "JourneyItem": JourneyItem,
    "Message": Message,
    "Offer": protocol.Offered,
    "Party": protocol.Party,
    "PathItem": PathItem,
    "ScreenPop": protocol.ScreenPopped,
    "Supervision": protocol.SupervisionShown,
}
UNIONS: dict[str, type[StrEnum]] = {
    "Channel": Channel,
    "Delivery": Delivery,
    "IdentifierKind": IdentifierKind,
    "JourneyKind": JourneyKind,
    "LinkedBy": LinkedBy,
    "MatchReason": MatchReason,
    "PartyState": protocol.PartyState,
    "PhoneKind": protocol.PhoneKind,
    "Presence": Presence,
    "RecordingState": protocol.RecordingState,
    "SuperviseMode": SuperviseMode,
    "SupervisionState": protocol.SupervisionState,
}


def declared(pattern: str) -> str:
    """Return what a declaration of the page's protocol holds."""
    found = re.search(pattern, PROTOCOL, re.DOTALL)
    assert found is not None, pattern
    return found[1]


def names(body: str) -> set[str]:
    return set(re.findall(r"readonly (\w+)\??:", body))


def names_of(value: type) -> set[str]:
    if is_dataclass(value):
        return {field.name for field in fields(value)}
    return {field.name for field in msgspec.structs.fields(value)}


@pytest.mark.parametrize("name", VALUES)
def test_values_have_the_same_fields(name: str) -> None:
    assert names(declared(rf"export interface {name} \{{(.*?)\n\}}")) == names_of(VALUES[name])


def test_the_welcome_has_the_same_fields() -> None:
    body = declared(r"export interface Welcome \{(.*?)\n\}")
    assert names(body) == {"type", *names_of(protocol.Welcome)}


def test_dispositions_have_the_same_fields() -> None:
    body = declared(r"export interface Disposition extends Bilingual \{(.*?)\n\}")
    assert {*names(body), "ja", "en"} == names_of(Disposition)


@pytest.mark.parametrize("name", UNIONS)
def test_codes_are_the_same(name: str) -> None:
    assert set(re.findall(r'"(\w+)"', declared(rf"export type {name} =(.*?);"))) == set(UNIONS[name])


def test_every_event_of_the_hub_is_known() -> None:
    known = set(re.findall(r"(\w+): true", declared(r"const KNOWN[^{]*\{(.*?)\n\}")))
    assert known == {event.__struct_config__.tag for event in get_args(protocol.Event)}


def test_every_command_is_one_of_the_hubs() -> None:
    body = declared(r"export type Command =(.*?\n {4}\});")
    calls = declared(r"export type CallCommand =(.*?);")
    kinds = [calls, *re.findall(r"type: ([^;]*);", body)]
    sent = {code for kind in kinds for code in re.findall(r'"(\w+)"', kind)}
    taken = [each.model_fields["type"].annotation for each in get_args(commands.DomainCommand)]
    assert sent == {code for each in taken for code in get_args(each)}
