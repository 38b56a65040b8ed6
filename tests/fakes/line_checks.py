"""What LINE refuses in a request, by the models of its own SDK and the limits of its reference.

The SDK's models are generated from LINE's OpenAPI; what they would pass over in silence (fields that do
not exist, lengths) is looked for here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

USER_ID = re.compile(r"U[0-9a-f]{32}")
_TEXT_MAX = 5000
_LENGTHS = {
    ("message", "label"): 40,
    ("message", "text"): 300,
    ("postback", "label"): 40,
    ("postback", "data"): 300,
    ("postback", "displayText"): 300,
    ("uri", "label"): 40,
    ("uri", "uri"): 1000,
    ("location", "title"): 100,
    ("location", "address"): 100,
    ("flex", "altText"): 1500,
}
_SCHEMES = ("http://", "https://", "line://", "tel:")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, JSON body or `raw` bytes, further headers."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None


def refuse(model: Any, body: object) -> Answer | None:
    """Return LINE's 400 for a body that is not what `model` describes."""
    if not isinstance(body, dict):
        return Answer(400, {"message": "The request body could not be parsed as JSON"})
    try:
        understood = model.from_dict(body).to_dict()
    except (ValueError, TypeError, KeyError) as error:
        return _invalid([{"message": str(error), "property": "messages"}])
    problems = [{"message": "Unknown property", "property": path} for path in _strangers(body, understood)]
    for number, message in enumerate(body.get("messages", [])):
        problems += [
            {"message": found, "property": f"messages[{number}].{where}"} for where, found in _wrong(message)
        ]
    return _invalid(problems) if problems else None


def _invalid(details: list[dict[str, str]]) -> Answer:
    return Answer(400, {"message": f"The request body has {len(details)} error(s)", "details": details})


def _strangers(given: object, understood: object, path: str = "") -> list[str]:
    """Return the paths of the fields that the model did not take over."""
    if isinstance(given, dict) and isinstance(understood, dict):
        unknown = [f"{path}{name}" for name in given if name not in understood and given[name] is not None]
        known = [name for name in given if name in understood]
        return unknown + [
            s for name in known for s in _strangers(given[name], understood[name], f"{path}{name}.")
        ]
    if isinstance(given, list) and isinstance(understood, list):
        return [
            s for one, other in zip(given, understood, strict=False) for s in _strangers(one, other, path)
        ]
    return []


def _wrong(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where a message is not as LINE's reference has it, and how."""
    if message["type"] == "text":
        length = _units(str(message["text"]))
        if not str(message["text"]).strip():
            yield "text", "May not be empty"
        elif length > _TEXT_MAX:
            yield "text", f"Length must be between 0 and {_TEXT_MAX}"
    if message["type"] in ("image", "video", "audio"):
        for name in ("originalContentUrl", "previewImageUrl"):
            if name in message and not str(message[name]).startswith("https://"):
                yield name, "Must be a valid HTTPS URL"
    for item in message.get("quickReply", {}).get("items", []):
        if _units(item["action"].get("label", "")) > 20:
            yield "quickReply", "Length must be between 0 and 20"
    for thing in _things(message):
        yield from _wrong_thing(thing)


def _wrong_thing(thing: dict[str, Any]) -> Iterator[tuple[str, str]]:
    kind = thing.get("type")
    for (of, name), most in _LENGTHS.items():
        if kind == of and name in thing and _units(str(thing[name])) > most:
            yield name, f"Length must be between 0 and {most}"
    if kind == "uri" and "linkUri" not in thing and not str(thing.get("uri")).startswith(_SCHEMES):
        yield "uri", "Invalid action URI"
    if kind == "text" and "wrap" in thing and not thing.get("text"):
        yield "text", "must be non-empty text"
    if kind == "button" and not thing["action"].get("label"):
        yield "action", "must be specified"


def _things(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object within an object."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _things(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _things(inner)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
