"""Words of the vocabulary: enumerations whose members are strings."""

from enum import StrEnum


class Word(StrEnum):
    """A `StrEnum` whose members hash as the strings that they are.

    Enum's own hash is a Python function; the routing core looks words up in dicts at every step.
    """

    __hash__ = str.__hash__
