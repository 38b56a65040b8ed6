"""The world outside the menus: what a walk may ask of it, and what it answers.

The walk asks by values of these types (`Request`), `ivr.session` puts them to a `World` and hands the
`Reply` back. The hub has one (`hub.ivr_world`), `toritsugi ivr try` another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ivr.conditions import Fact, Facts
from ivr.flow import Hook, Proof


@dataclass(frozen=True, slots=True)
class FindOut:
    """Facts, each of which is asked for by itself. Answered by `Found`."""

    facts: frozenset[Fact]


@dataclass(frozen=True, slots=True)
class CheckDigits:
    """Whether a Python function takes a number for right. Answered by `Checked`."""

    function: str
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prove:
    """Whether the caller is the customer. Answered by `Verdict`."""

    proof: Proof
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskHook:
    """Answered by `HookAnswered`. `language` is the call's at that moment."""

    hook: Hook
    language: str
    variables: Mapping[str, str] = field(repr=False)


Inquiry = CheckDigits | Prove | AskHook
"""What is asked as a whole."""
Request = FindOut | Inquiry


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out; what is missing could not be."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Checked:
    is_right: bool


class Verdict(StrEnum):
    """`LOCKED`: after too many wrong ones, this one was not looked at. `UNAVAILABLE`: nobody could tell."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOCKED = "locked"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class HookAnswered:
    """What another program answered: `answer` None if it failed, or took too long."""

    answer: str | None
    variables: Mapping[str, str] = field(default_factory=dict)


Reply = Found | Checked | Verdict | HookAnswered


class World(Protocol):
    """One caller's surroundings. What it raises counts as a failure, as does an answer that is too late.

    It may be asked several things at a time.
    """

    async def find_out(self, fact: Fact) -> bool | float | None:
        """Find something out; None if it cannot be told."""

    async def is_right(self, function: str, digits: str) -> bool:
        """Ask an administrator's function about a number."""

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        """Check what only the customer knows, and count tries."""

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        """Ask another program."""


class NoWorld:
    """Knows nothing and nobody."""

    async def find_out(self, fact: Fact) -> bool | float | None:
        return None

    async def is_right(self, function: str, digits: str) -> bool:
        return False

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        return Verdict.UNAVAILABLE

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        return HookAnswered(None)


async def answer(world: World, request: Inquiry) -> Reply:
    """Put a request to the world."""
    match request:
        case CheckDigits(function, digits):
            return Checked(await world.is_right(function, digits))
        case Prove(proof, digits):
            return await world.prove(proof, digits)
        case AskHook(hook, language, variables):
            return await world.ask(hook, language, variables)


def failure(request: Inquiry) -> Reply:
    """Return what counts when the world did not answer."""
    match request:
        case CheckDigits():
            return Checked(is_right=False)
        case Prove():
            return Verdict.UNAVAILABLE
        case AskHook():
            return HookAnswered(None)
