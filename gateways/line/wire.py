"""What is read of LINE's events. Fields and types that are not here pass by unread.

Source: LINE's OpenAPI, webhook.yml. The tests hold these against the models of LINE's SDK, which are
generated from it.
"""

import msgspec


class _Wire(msgspec.Struct, frozen=True, rename="camel"):
    pass


class Source(_Wire, frozen=True):
    """Who an event is from; `type`: user, group or room."""

    type: str = ""
    user_id: str | None = None


class Named(_Wire, frozen=True):
    """A message's id."""

    id: str = ""


class Head(_Wire, frozen=True):
    """Enough of an event to store it."""

    webhook_event_id: str = ""
    source: Source | None = None


class MessageHead(Head, frozen=True):
    """Enough of a message to store it."""

    type: str = ""
    message: Named | None = None


class ContentProvider(_Wire, frozen=True):
    """Where a file lies; `type`: `line`, or `external` with a URL that somebody else gave."""

    type: str = "line"
    original_content_url: str | None = None


class ImageSet(_Wire, frozen=True):
    """Images sent together, `index` from 1."""

    index: int | None = None
    total: int | None = None


class Message(_Wire, frozen=True):
    """A message of any type. `duration` in ms, `file_size` in bytes."""

    type: str
    id: str = ""
    text: str | None = None
    quoted_message_id: str | None = None
    mark_as_read_token: str | None = None
    content_provider: ContentProvider | None = None
    image_set: ImageSet | None = None
    duration: int | None = None
    file_name: str | None = None
    file_size: int | None = None
    title: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    package_id: str | None = None
    sticker_id: str | None = None
    keywords: list[str] | None = None


class Postback(_Wire, frozen=True):
    """What was tapped; `params` are a chosen date and time, or the rich menu that is shown now."""

    data: str
    params: dict[str, str] | None = None


class Unsend(_Wire, frozen=True):
    """Which message its sender took back."""

    message_id: str


class Link(_Wire, frozen=True):
    """How linking an account ended: `ok` or `failed`."""

    result: str
    nonce: str


class Completion(_Wire, frozen=True):
    """Which notification message came; `data` is its delivery tag."""

    data: str


class Event(_Wire, frozen=True):
    """An event of any type. In `standby` mode another system answers the customer."""

    type: str
    timestamp: int
    mode: str = "active"
    source: Source | None = None
    reply_token: str | None = None
    message: Message | None = None
    postback: Postback | None = None
    unsend: Unsend | None = None
    link: Link | None = None
    delivery: Completion | None = None


class Callback(_Wire, frozen=True):
    """A webhook's body: events as they came."""

    events: list[msgspec.Raw]


callback = msgspec.json.Decoder(Callback)
message_head = msgspec.json.Decoder(MessageHead)
head = msgspec.json.Decoder(Head)
event = msgspec.json.Decoder(Event)
