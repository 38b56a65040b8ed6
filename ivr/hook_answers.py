"""What another program answered, read."""

from ivr.errors import HookFailed
from ivr.variables import VALUE_LENGTH_MAX
from ivr.world import HookAnswered


def read_answer(said: object) -> HookAnswered:
    """Read what a program said: `{"answer": WORD, "variables": {...}}`, the word alone, or nothing.

    Raises `HookFailed` for anything else. Values are text, numbers or yes and no.
    """
    match said:
        case None:
            return HookAnswered("")
        case str():
            return HookAnswered(said)
        case dict():
            answer, variables = said.get("answer", ""), said.get("variables", {})
            if not isinstance(answer, str) or not isinstance(variables, dict):
                raise HookFailed("expected an answer that is text, and variables by name")
            return HookAnswered(answer, {str(name): _text(value) for name, value in variables.items()})
        case _:
            raise HookFailed(f"expected text or an object, found {type(said).__name__}")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)[:VALUE_LENGTH_MAX]
        case _:
            raise HookFailed("expected variables that are text or numbers")
