"""Variables in what is said: `{order-number}`, or `{order-number|digits}` for how it is to be read aloud."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ivr.flow import Prompt
from ivr.spoken import render

VALUE_LENGTH_MAX = 500
_VARIABLE = re.compile(r"\{(?P<name>[\w-]+)(?:\|(?P<kind>[\w-]+))?\}")


def names_in(text: str) -> Iterator[str]:
    """Yield the variables that stand in a text."""
    return (match["name"] for match in _VARIABLE.finditer(text))


def kinds_in(text: str) -> Iterator[str]:
    """Yield how variables of a text are to be read aloud, where it is said."""
    return (match["kind"] for match in _VARIABLE.finditer(text) if match["kind"])


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Put values as they are into a text; what has none is left out."""
    return _VARIABLE.sub(lambda match: variables.get(match["name"], ""), text)[:VALUE_LENGTH_MAX]


def spoken(prompt: Prompt, variables: Mapping[str, str]) -> Prompt:
    """Return what is said to this caller. No recording can say it: a prompt that was filled has no name."""
    if prompt.is_fixed:
        return prompt

    def words(match: re.Match[str]) -> str:
        value = variables.get(match["name"], "")
        return render(match["kind"], value, prompt.language) if match["kind"] and value else value

    return replace(prompt, name="", text=_VARIABLE.sub(words, prompt.text))
