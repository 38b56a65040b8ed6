"""What a message says where there is nothing but text: choices as numbered lines, files as links."""

from gateways.files import Files
from gateways.protocol import Choice, Outbound


def plain_text(message: Outbound, files: Files) -> str:
    """Return all that a message says; raises `FileGone`, `FilesUnavailable`."""
    links = (f"{file.name}: {files.link(file)}" for file in message.files)
    choices = (_line(number, choice) for number, choice in enumerate(message.choices, 1))
    return "\n".join((*([message.text] if message.text else ()), *links, *choices))


def _line(number: int, choice: Choice) -> str:
    return f"{number}. {choice.label}" + (f" {choice.url}" if choice.url else "")
