"""Commands of the desktop protocol: what an agent's page asks for."""

from typing import Annotated, Literal, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from acd.agent import Presence
from acd.contact import Channel
from acd.ids import AgentId, ContactId, OfferId, QueueName
from cti.supervision import SuperviseMode
from hub.desktop.beside import Choice, Place, Sticker
from hub.desktop.refusals import CommandRefused, Refusal

REF_MAX = 64
ID_MAX = 64
TEXT_MAX = 5_000
NOTE_MAX = 2_000
REASON_MAX = 64
NUMBER_MAX = 32
DIGITS_MAX = 32
FILES_MAX = 10
CHOICES_MAX = 13
SUBJECT_MAX = 200
READ_ID_MAX = 1_000
"""Ids of customers' messages are as long as providers make them."""

Ref = Annotated[str, Field(max_length=REF_MAX)]
Reason = Annotated[str, Field(max_length=REASON_MAX)]
Contact = Annotated[ContactId, Field(max_length=ID_MAX)]
Offer = Annotated[OfferId, Field(max_length=2 * ID_MAX)]
MessageId = Annotated[str, Field(min_length=1, max_length=ID_MAX)]
FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Agent = Annotated[AgentId, Field(min_length=1, max_length=ID_MAX)]
Queue = Annotated[QueueName, Field(min_length=1, max_length=ID_MAX)]
Number = Annotated[str, Field(min_length=1, max_length=NUMBER_MAX)]
Digits = Annotated[str, Field(min_length=1, max_length=DIGITS_MAX, pattern=r"^[0-9A-D*#]+$", repr=False)]


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
    """`message` is an id made by the desktop: sent twice, it reaches the customer once.

    `files` are ids of files that were brought for this contact before. `subject`: of this mail; without it,
    it is that of the thread. A `place` and a `sticker` are messages by themselves.
    """

    type: Literal["send"]
    contact: Contact
    message: MessageId
    text: Annotated[str, Field(max_length=TEXT_MAX, repr=False)]
    files: Annotated[tuple[FileId, ...], Field(max_length=FILES_MAX)] = ()
    choices: Annotated[tuple[Choice, ...], Field(max_length=CHOICES_MAX)] = ()
    subject: Annotated[str, Field(max_length=SUBJECT_MAX, repr=False)] = ""
    place: Place | None = None
    sticker: Sticker | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        alone = [each for each in (self.place, self.sticker) if each is not None]
        if alone and (len(alone) > 1 or self.text or self.files or self.choices):
            raise ValueError("expected a place or a sticker by itself")
        if not self.text and not self.files and not alone:
            raise ValueError("expected text, files, a place or a sticker")
        return self


class HandBack(_Command):
    """Leave a text contact to the bot."""

    type: Literal["hand_back"]
    contact: Contact


class CallMe(_Command):
    """Call the customer of a text contact: this agent's phone rings first."""

    type: Literal["call_me"]
    contact: Contact


class SendCallCode(_Command):
    """Send the customer of a text contact a number and a code to call with; `message` as in `send`."""

    type: Literal["send_call_code"]
    contact: Contact
    message: MessageId


class SendAccountLink(_Command):
    """Send a LINE user the page where he links his phone number; `message` as in `send`."""

    type: Literal["send_account_link"]
    contact: Contact
    message: MessageId


class SendCallLink(_Command):
    """Send the customer of a text contact a link by which he calls this queue from his browser."""

    type: Literal["send_call_link"]
    contact: Contact
    video: bool = False


class Typing(_Command):
    """The agent writes: the customer may be shown so, where the channel has that."""

    type: Literal["typing"]
    contact: Contact


class Read(_Command):
    """The agent has read all up to a message."""

    type: Literal["read"]
    contact: Contact
    message: Annotated[str, Field(min_length=1, max_length=READ_ID_MAX)]


class Invite(_Command):
    """Send a caller the way to go on with this agent by text."""

    type: Literal["invite"]
    contact: Contact
    channel: Literal[Channel.LINE, Channel.SMS, Channel.CHAT, Channel.EMAIL]


class Hold(_Command):
    type: Literal["hold"]
    contact: Contact


class Resume(_Command):
    type: Literal["resume"]
    contact: Contact


class HangUp(_Command):
    type: Literal["hang_up"]
    contact: Contact


class Target(BaseModel):
    """Where a call is to go: to one of these. `number` is as a person types it."""

    model_config = ConfigDict(frozen=True)

    agent: Agent | None = None
    queue: Queue | None = None
    number: Number | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(each is not None for each in (self.agent, self.queue, self.number)) != 1:
            raise ValueError("expected exactly one of agent, queue, number")
        return self


class Transfer(_Command):
    """Let a call go on to somebody else, unannounced."""

    type: Literal["transfer"]
    contact: Contact
    to: Target


class Consult(_Command):
    """Talk to somebody about a call while its customer hears music."""

    type: Literal["consult"]
    contact: Contact
    to: Target


class Swap(_Command):
    """Talk to the other one: customer or who is consulted."""

    type: Literal["swap"]
    contact: Contact


class CompleteTransfer(_Command):
    """Let customer and who is consulted go on without this agent."""

    type: Literal["complete_transfer"]
    contact: Contact


class Conference(_Command):
    """Let the customer and all who are consulted talk together with this agent."""

    type: Literal["conference"]
    contact: Contact


class RemoveParty(_Command):
    """Let somebody go who is consulted or in the conference; `party` as the contact's `parties` name it."""

    type: Literal["remove_party"]
    contact: Contact
    party: Annotated[str, Field(min_length=1, max_length=2 * ID_MAX)]


class Mute(_Command):
    """Let nobody hear this agent."""

    type: Literal["mute"]
    contact: Contact


class Unmute(_Command):
    type: Literal["unmute"]
    contact: Contact


class SendDigits(_Command):
    """Send DTMF to the customer's side."""

    type: Literal["send_digits"]
    contact: Contact
    digits: Digits


class Dial(_Command):
    """Call a number: this agent's phone rings first. `queue` counts it, and its caller id is shown."""

    type: Literal["dial"]
    number: Annotated[Number, Field(repr=False)]
    queue: Queue | None = None


class Park(_Command):
    """Let a call wait for whoever picks it up."""

    type: Literal["park"]
    contact: Contact


class PickUp(_Command):
    """Take a parked call."""

    type: Literal["pick_up"]
    contact: Contact


class Record(_Command):
    """Begin, pause, resume or end the recording of a call, as far as its queue allows."""

    type: Literal["record"]
    contact: Contact
    action: Literal["start", "pause", "resume", "stop"]


class Supervise(_Command):
    """Listen to another agent's call, whisper to him, or barge in: the supervisor's phone rings."""

    type: Literal["supervise"]
    contact: Contact
    mode: SuperviseMode


class StopSupervising(_Command):
    type: Literal["stop_supervising"]
    contact: Contact


class TakeOver(_Command):
    """Let a call go on with this supervisor in place of its agent."""

    type: Literal["take_over"]
    contact: Contact


class NoteDown(_Command):
    """Note something at a contact while it lasts; whoever is consulted about it, or has it next, sees it."""

    type: Literal["note"]
    contact: Contact
    text: Annotated[str, Field(min_length=1, max_length=NOTE_MAX, repr=False)]


class WrapUp(_Command):
    type: Literal["wrap_up"]
    contact: Contact
    disposition: Annotated[str, Field(min_length=1, max_length=ID_MAX)]
    note: Annotated[str, Field(max_length=NOTE_MAX, repr=False)] = ""


class Ping(_Command):
    type: Literal["ping"]


TalkCommand = (
    Hold
    | Resume
    | Mute
    | Unmute
    | SendDigits
    | Transfer
    | Consult
    | Swap
    | CompleteTransfer
    | Conference
    | RemoveParty
    | Dial
    | Park
    | PickUp
    | Invite
)
"""What agents do with calls (`hub.talk_commands`)."""
TextCommand = Send | HandBack | CallMe | SendCallCode | SendCallLink | SendAccountLink
"""What agents do with text contacts (`hub.text_commands`)."""
SuperviseCommand = Supervise | StopSupervising | TakeOver
DomainCommand = (
    SetPresence
    | Accept
    | Reject
    | TextCommand
    | Typing
    | Read
    | HangUp
    | NoteDown
    | WrapUp
    | Record
    | TalkCommand
    | SuperviseCommand
)
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
