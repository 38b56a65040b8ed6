"""Play and collect, in virtual time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from cti.dialogue import Dialogue, Wanted
from cti.errors import CallGone
from tests.cti.virtual_time import virtual_time

PROMPT_S = 3.0


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Player:
    """Plays for `PROMPT_S`, whatever the sounds; `log` tells what began and what was stopped, and when."""

    dialogue: Dialogue
    log: list[tuple[str, float]] = field(default_factory=list)
    is_instant: bool = False

    async def play(self, playback: str, sounds: Sequence[str]) -> None:
        self.log.append(("play " + ",".join(sounds), _now()))
        if self.is_instant:
            self.dialogue.played(playback)
        else:
            asyncio.get_running_loop().call_later(PROMPT_S, self.dialogue.played, playback)

    async def stop(self, playback: str) -> None:
        self.log.append(("stop", _now()))


WANTED = Wanted(digits_max=4, first_digit_timeout_s=5, digit_timeout_s=2)


def _later(delay_s: float, happen: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(delay_s, happen, *arguments)


@pytest.fixture
def dialogue() -> Dialogue:
    return Dialogue()


@pytest.fixture
def player(dialogue: Dialogue) -> Player:
    return Player(dialogue)


@virtual_time
async def test_the_time_for_the_first_digit_begins_when_the_prompt_ends(
    dialogue: Dialogue, player: Player
) -> None:
    assert await dialogue.ask(player, ["a", "b"], WANTED) == ""
    assert _now() == pytest.approx(PROMPT_S + 5)
    assert player.log == [("play a,b", 0.0)]


@virtual_time
async def test_a_digit_stops_the_prompt_and_the_next_have_their_own_time(
    dialogue: Dialogue, player: Player
) -> None:
    _later(1, dialogue.typed, "1")
    _later(2.5, dialogue.typed, "2")
    assert await dialogue.ask(player, ["a"], WANTED) == "12"
    assert player.log == [("play a", 0.0), ("stop", 1.0)]
    assert _now() == pytest.approx(4.5)


@virtual_time
async def test_without_barge_in_digits_count_but_the_prompt_goes_on(
    dialogue: Dialogue, player: Player
) -> None:
    for at_s, digit in enumerate("1234"):
        _later(at_s / 2, dialogue.typed, digit)
    assert await dialogue.ask(player, ["a"], replace(WANTED, barge_in=False)) == "1234"
    assert player.log == [("play a", 0.0)]
    assert _now() == pytest.approx(PROMPT_S)


@virtual_time
async def test_the_terminator_ends_the_input_and_later_digits_wait_for_the_next_question(
    dialogue: Dialogue, player: Player
) -> None:
    for digit in "12#34#":
        dialogue.typed(digit)
    assert await dialogue.ask(player, ["a"], WANTED) == "12"
    assert await dialogue.ask(player, ["b"], WANTED) == "34"
    assert player.log == []
    assert _now() == 0


@virtual_time
async def test_without_terminator_its_key_is_a_digit(dialogue: Dialogue, player: Player) -> None:
    dialogue.typed("#")
    assert await dialogue.ask(player, [], replace(WANTED, digits_max=1, terminator="")) == "#"


@virtual_time
async def test_a_prompt_that_is_over_before_play_returns(dialogue: Dialogue, player: Player) -> None:
    player.is_instant = True
    assert await dialogue.ask(player, ["a"], WANTED) == ""
    assert _now() == pytest.approx(5)


@virtual_time
async def test_an_interrupted_question_raises_and_stops_the_prompt(
    dialogue: Dialogue, player: Player
) -> None:
    _later(1, dialogue.interrupt, CallGone("hung up"))
    with pytest.raises(CallGone):
        await dialogue.ask(player, ["a"], WANTED)
    assert player.log == [("play a", 0.0), ("stop", 1.0)]
    dialogue.typed("7")
    assert await dialogue.ask(player, [], replace(WANTED, digits_max=1)) == "7"


@virtual_time
async def test_an_interruption_between_questions_is_forgotten(dialogue: Dialogue, player: Player) -> None:
    dialogue.interrupt(CallGone("nobody asks"))
    dialogue.typed("7")
    assert await dialogue.ask(player, [], replace(WANTED, digits_max=1)) == "7"


@virtual_time
async def test_a_cancelled_question_stops_its_prompt(dialogue: Dialogue, player: Player) -> None:
    asking = asyncio.create_task(dialogue.ask(player, ["a"], WANTED))
    await asyncio.sleep(1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert player.log == [("play a", 0.0), ("stop", 1.0)]


@virtual_time
async def test_typed_ahead_is_bounded_and_can_be_forgotten(dialogue: Dialogue, player: Player) -> None:
    for _ in range(1000):
        dialogue.typed("1")
    assert len(await dialogue.ask(player, [], replace(WANTED, digits_max=1000))) == 64
    dialogue.typed("2")
    dialogue.forget_typed()
    assert await dialogue.ask(player, [], WANTED) == ""
