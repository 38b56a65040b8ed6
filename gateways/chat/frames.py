"""What the chat widget and the hub tell each other: one JSON object a text frame, told apart by `type`.

docs/chat.md describes it. Times are Unix time in milliseconds.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

SUBPROTOCOL = "toritsugi.chat.v1"
TEXT_MAX = 5_000
FRAME_MAX = 64 * 1024
ID_MAX = 48
FIELDS_MAX, FILES_MAX = 12, 10

Id = Annotated[str, Meta(min_length=8, max_length=ID_MAX, pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[str, Meta(max_length=TEXT_MAX)]
Short = Annotated[str, Meta(max_length=200)]
Fields = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=60)], Annotated[str, Meta(max_length=1_000)]],
    Meta(max_length=FIELDS_MAX),
]
Url = Annotated[str, Meta(max_length=2_000)]


class _Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


# --- from the widget -----------------------------------------------------------------------------


class Hello(_Frame, frozen=True, tag="hello"):
    """The first frame. Without `token`, or with one that is too old, a session begins.

    `after_ms`: the newest time of a message that the widget has; 0 for none.
    """

    token: Annotated[str, Meta(max_length=300)] = ""
    after_ms: int = 0


class Page(msgspec.Struct, frozen=True):
    """The page that the customer looks at, told with his consent."""

    url: Url
    title: Annotated[str, Meta(max_length=300)] = ""


class Say(_Frame, frozen=True, tag="say"):
    """A message. `id` is the widget's own: sent twice, it counts once.

    `data` is that of the choice that was tapped, `link` the one-time token that the customer came by,
    `files` are ids of uploads, `name` and `fields` what he filled in before.
    """

    id: Id
    text: Text
    data: Annotated[str, Meta(max_length=300)] | None = None
    name: Short = ""
    fields: Fields = {}
    page: Page | None = None
    link: Annotated[str, Meta(max_length=80)] = ""
    files: Annotated[tuple[Id, ...], Meta(max_length=FILES_MAX)] = ()


class Rate(_Frame, frozen=True, tag="rate"):
    """What the customer thought of the contact that ended."""

    id: Id
    stars: Annotated[int, Meta(ge=1, le=5)]
    text: Annotated[str, Meta(max_length=2_000)] = ""


class Types(_Frame, frozen=True, tag="typing"):
    """The customer types."""


class Reads(_Frame, frozen=True, tag="read"):
    """The customer has seen what was said up to a time."""

    at_ms: int


class Older(_Frame, frozen=True, tag="older"):
    """Asks for what was said before a time."""

    before_ms: int


class Ping(_Frame, frozen=True, tag="ping"):
    """The widget's own check of the line."""


FromWidget = Hello | Say | Rate | Types | Reads | Older | Ping


# --- to the widget -------------------------------------------------------------------------------


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message; `refused` says why it was not kept, and there is no `url` then."""

    name: str
    type: str
    size: int
    url: str = ""
    refused: str = ""


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to choose with a tap: it is said, or opens a page."""

    label: str
    data: str | None = None
    url: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. `id` is the widget's own for what the customer said (`mine`)."""

    id: str
    at_ms: int
    text: str
    mine: bool = False
    kind: str = "text"
    files: tuple[File, ...] = ()
    choices: tuple[Button, ...] = ()
    withdrawn: bool = False


class Standing(_Frame, frozen=True, tag="standing"):
    """Where the customer's contact stands: `none`, `waiting`, `connected`, `ended` or `open`.

    `open`: neither an agent has it nor does it wait for one. `position` is the place in line (1 is next, 0
    unknown), `wait_s` the predicted wait, null if nothing is known.
    """

    state: str
    position: int = 0
    wait_s: int | None = None


class Welcome(_Frame, frozen=True, tag="welcome"):
    """Answers `hello`. `token` goes into the next one. `is_whole`: `lines` are all since `after_ms`.

    Otherwise they are the newest, and what is older is to be asked for. `standing` is null while it is not
    known: it follows.
    """

    token: str
    lines: tuple[Line, ...]
    is_whole: bool
    standing: Standing | None
    time_ms: int


class Lines(_Frame, frozen=True, tag="lines"):
    """Messages, perhaps such as the widget has already: an `id` tells."""

    lines: tuple[Line, ...]


class OlderLines(_Frame, frozen=True, tag="older_lines"):
    """Answers `older`; `is_all`: there are none before."""

    lines: tuple[Line, ...]
    is_all: bool


class Acked(_Frame, frozen=True, tag="ack"):
    """A message or rating is stored, since `at_ms`."""

    id: str
    at_ms: int


class Later(_Frame, frozen=True, tag="later"):
    """A message or rating was not stored now; it may be sent again after `retry_s` seconds."""

    id: str
    retry_s: float


class Refused(_Frame, frozen=True, tag="refused"):
    """A message or rating is not taken, and never will be; `code` says why. `id` may be empty."""

    id: str
    code: str


class AgentTypes(_Frame, frozen=True, tag="agent_typing"):
    """An agent writes."""


class AgentRead(_Frame, frozen=True, tag="agent_read"):
    """An agent has read up to this message of the customer."""

    id: str


class Pong(_Frame, frozen=True, tag="pong"):
    """Answers `ping`."""


ToWidget = Welcome | Lines | OlderLines | Acked | Later | Refused | Standing | AgentTypes | AgentRead | Pong

_DECODER: msgspec.json.Decoder[FromWidget] = msgspec.json.Decoder(FromWidget)
_ENCODER = msgspec.json.Encoder()


def parse(frame: str | bytes) -> FromWidget:
    """Read a frame of a widget; raises `ValueError`, whose text holds nothing of what was said."""
    try:
        return _DECODER.decode(frame)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError("not a frame of the chat protocol") from None


def encode(frame: ToWidget) -> bytes:
    """Return a frame as the payload of one text frame."""
    return _ENCODER.encode(frame)


def ref_of(frame: str) -> str:
    """Return the `id` of a frame that may be malformed; "" if it has none."""
    try:
        return msgspec.json.decode(frame, type=_Referring).id[:ID_MAX]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


class _Referring(msgspec.Struct, frozen=True):
    id: str = ""
