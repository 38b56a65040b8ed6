"""Keys that Asterisk tells of twice are taken once, by a model of how it puts them off."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from cti.ami_events import AmiEvent, KeyBegan, KeyEnded
from cti.keys import Keys
from tests.cti.virtual_time import virtual_time

CALL = "1764.1"
GAP_MS = 45
PRESS_MS = 200


@dataclass(slots=True)
class Taken:
    """What came out, and the keys that it came out of, with AMI up."""

    typed: list[str] = field(default_factory=list)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = Keys(lambda _, digit: self.typed.append(digit))
        self.keys.linked({})

    @property
    def text(self) -> str:
        return "".join(self.typed)

    def began(self, digit: str) -> None:
        self.keys.received(KeyBegan(CALL, digit))

    def ended(self, digit: str, ms: int = PRESS_MS) -> None:
        self.keys.received(KeyEnded(CALL, digit, ms))

    def told(self, digit: str) -> None:
        self.keys.pressed(CALL, digit)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@dataclass(slots=True)
class Channel:
    """A channel of Asterisk 22 that reads keys (`__ast_read` in main/channel.c); times in ms."""

    began: list[AmiEvent | str] = field(default_factory=list)
    _last_ms: int = -1000
    _until_ms: int = -1
    _is_in_key: bool = False
    _put_off: deque[str] = field(default_factory=deque)

    def read(self, arrivals: list[tuple[int, str, bool]]) -> list[AmiEvent | str]:
        """Return what AMI (events) and ARI (digits) are told, in order, of what arrives so."""
        now_ms, pending = 0, deque(arrivals)
        while pending or self._put_off:
            self._run_out(now_ms)
            if self._put_off and not self._must_wait(now_ms):
                self._end(self._put_off.popleft(), now_ms)
            elif pending and pending[0][0] <= now_ms:
                _, digit, is_end = pending.popleft()
                if is_end:
                    self._end(digit, now_ms)
                else:
                    self._begin(digit, now_ms)
            else:
                now_ms += 1
        return self.began

    def _run_out(self, now_ms: int) -> None:
        if 0 <= self._until_ms <= now_ms:
            self._until_ms, self._last_ms = -1, now_ms

    def _must_wait(self, now_ms: int) -> bool:
        return self._until_ms >= 0 or now_ms - self._last_ms < GAP_MS

    def _begin(self, digit: str, now_ms: int) -> None:
        self.began.append(KeyBegan(CALL, digit))
        if not self._must_wait(now_ms):
            self._is_in_key, self._last_ms = True, now_ms

    def _end(self, digit: str, now_ms: int) -> None:
        self.began += [KeyEnded(CALL, digit, PRESS_MS), digit]
        if self._until_ms >= 0:
            self._put_off.append(digit)
        elif self._is_in_key:
            self._is_in_key, self._last_ms = False, now_ms
        elif now_ms - self._last_ms < GAP_MS:
            self._put_off.append(digit)
        else:
            self._last_ms, self._until_ms = now_ms, now_ms + PRESS_MS


def _arrivals(chance: random.Random, digits: str) -> list[tuple[int, str, bool]]:
    """Return when beginnings and ends of keys arrive, held back now and then by the network."""
    sent_ms, arrived_ms, found = 0, 0, []
    for digit in digits:
        sent_ms += chance.choice((40, 46, 50, 80, 400))
        for is_end in (False, True):
            sent_ms += PRESS_MS * is_end
            held_ms = chance.choice((0, 0, 3, 12)) if chance.random() > 0.1 else chance.randrange(1500)
            arrived_ms = max(arrived_ms, sent_ms + held_ms)
            found.append((arrived_ms, digit, is_end))
    return found


@pytest.mark.parametrize("seed", range(300))
async def test_each_key_is_taken_once_however_the_network_holds_them_back(taken: Taken, seed: int) -> None:
    chance = random.Random(seed)
    digits = "".join(chance.choices("0123456789*#11", k=30))
    heard = Channel().read(_arrivals(chance, digits))
    ami = [each for each in heard if not isinstance(each, str)]
    ari = [each for each in heard if isinstance(each, str)]
    while ami or ari:  # two sockets: either may be ahead of the other
        if ami and (not ari or chance.random() < 0.7):
            taken.keys.received(ami.pop(0))
        else:
            taken.told(ari.pop(0))
    assert taken.text == digits, f"seed {seed}"


def test_the_model_doubles_keys() -> None:
    heard = Channel().read([(0, "1", False), (200, "1", True), (201, "2", False), (202, "2", True)])
    assert [each for each in heard if isinstance(each, str)] == ["1", "2", "2"]


async def test_without_ami_keys_are_taken_at_once(taken: Taken) -> None:
    taken.keys.unlinked()
    taken.told("1")
    assert taken.text == "1"


@virtual_time
async def test_a_key_that_ami_is_silent_about_is_taken_after_a_moment(taken: Taken) -> None:
    taken.told("1")
    assert taken.text == ""
    await asyncio.sleep(0.3)
    assert taken.text == "1"
    taken.began("1")
    taken.ended("1")  # late: it is not one more
    taken.began("2")
    taken.ended("2")
    taken.told("2")
    assert taken.text == "12"


@virtual_time
async def test_an_ami_that_never_tells_of_keys_is_waited_for_a_few_times_only(taken: Taken) -> None:
    for digit in "123":
        taken.told(digit)
        await asyncio.sleep(0.2)
    taken.told("4")
    assert taken.text == "1234"


async def test_what_waits_is_taken_when_ami_is_lost(taken: Taken) -> None:
    taken.told("1")
    taken.keys.unlinked()
    assert taken.text == "1"


async def test_a_phone_that_sends_no_beginnings_is_believed(taken: Taken) -> None:
    for digit in "11":
        taken.ended(digit, 160)
        taken.told(digit)
    assert taken.text == "11"


async def test_an_end_whose_beginning_was_lost_is_a_key(taken: Taken) -> None:
    taken.began("1")
    taken.ended("1")
    taken.ended("2")
    for digit in "12":
        taken.told(digit)
    assert taken.text == "12"


@virtual_time
async def test_keys_from_before_the_call_was_ours_are_none_of_it(taken: Taken) -> None:
    taken.began("3")
    taken.ended("3")
    await asyncio.sleep(1.1)
    taken.began("3")
    taken.ended("3")
    taken.told("3")
    assert taken.text == "3"
    taken.keys.forget(CALL)
