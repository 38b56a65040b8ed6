"""Commands of the desktop protocol: what an agent's page asks for."""

from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from acd.agent import Presence
from acd.ids import ContactId, OfferId
from hub.desktop.refusals import CommandRefused, Refusal

REF_MAX = 64
ID_MAX = 64
TEXT_MAX = 5_000
NOTE_MAX = 2_000
REASON_MAX = 64

Ref = Annotated[str, Field(max_length=REF_MAX)]
Reason = Annotated[str, Field(max_length=REASON_MAX)]
Contact = Annotated[ContactId, Field(max_length=ID_MAX)]
Offer = Annotated[OfferId, Field(max_length=2 * ID_MAX)]


class _Command(BaseModel):
    """`ref` is the desktop's own; the answer carries it. Fields that are not known are passed over."""

    model_config = ConfigDict(frozen=True)

    ref: Ref


class SetPresence(_Command):
    type: Literal["set_presence"]
    presence: Presence
    reason: Reason = ""


class Accept(_Command):
    type: Literal["accept"]
    offer: Offer


class Reject(_Command):
    type: Literal["reject"]
    offer: Offer
    reason: Reason = ""


class Send(_Command):
    """`message` is an id made by the desktop: sent twice, it reaches the customer once."""

    type: Literal["send"]
    contact: Contact
    message: Annotated[str, Field(min_length=1, max_length=ID_MAX)]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_MAX, repr=False)]


class Hold(_Command):
    type: Literal["hold"]
    contact: Contact


class Resume(_Command):
    type: Literal["resume"]
    contact: Contact


class HangUp(_Command):
    type: Literal["hang_up"]
    contact: Contact


class WrapUp(_Command):
    type: Literal["wrap_up"]
    contact: Contact
    disposition: Annotated[str, Field(min_length=1, max_length=ID_MAX)]
    note: Annotated[str, Field(max_length=NOTE_MAX, repr=False)] = ""


class Ping(_Command):
    type: Literal["ping"]


DomainCommand = SetPresence | Accept | Reject | Send | Hold | Resume | HangUp | WrapUp
Command = DomainCommand | Ping

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])


class _Referring(msgspec.Struct, frozen=True):
    ref: str = ""


def parse(text: str) -> Command:
    """Read a command; raises `CommandRefused` (`bad_command`), whose detail says what was expected."""
    try:
        return _COMMAND.validate_json(text)
    except ValidationError as error:
        # Only the place and the expectation: what was given may be a customer's text.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise CommandRefused(Refusal.BAD_COMMAND, ": ".join(filter(None, (place, first["msg"])))) from None


def ref_of(text: str) -> str:
    """Return the `ref` of a command that may be malformed; "" if it has none."""
    try:
        return msgspec.json.decode(text, type=_Referring).ref[:REF_MAX]
    except msgspec.MsgspecError:
        return ""
