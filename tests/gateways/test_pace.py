"""The rate at which a provider is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.pace import Pace, read_paces


def test_a_burst_then_an_even_pace() -> None:
    pace = Pace(per_s=10, burst=3)
    assert [pace.wait_s(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert pace.wait_s(0.0) == pytest.approx(0.1)
    assert pace.wait_s(0.1) == 0.0
    assert pace.wait_s(0.1) > 0


def test_a_pause_lets_nothing_through() -> None:
    pace = Pace(per_s=1000, burst=100)
    pace.pause(5.0)
    pace.pause(3.0)
    assert pace.wait_s(1.0) == pytest.approx(4.0)
    assert pace.wait_s(5.0) == 0.0


@given(st.lists(st.floats(0, 0.2), max_size=200), st.integers(1, 50), st.integers(1, 20))
def test_never_more_than_rate_and_burst_allow(gaps: list[float], per_s: int, burst: int) -> None:
    pace, now_s, passed = Pace(per_s, burst), 0.0, 0
    for gap in gaps:
        now_s += gap
        passed += pace.wait_s(now_s) == 0.0
    assert passed <= burst + now_s * per_s + 1e-6


def test_waiting_as_told_is_enough() -> None:
    pace, now_s = Pace(per_s=7), 0.0
    for _ in range(100):
        assert pace.wait_s(now_s) == 0.0
        now_s += pace.wait_s(now_s)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pace(per_s=0)


def test_paces_are_read_by_channel_and_account() -> None:
    paces = read_paces("line:50, sms/+81312345678:0.5,")
    assert set(paces) == {Channel.LINE, (Channel.SMS, "+81312345678")}
    pace = paces[Channel.SMS, "+81312345678"]
    assert (pace.wait_s(0.0), pace.wait_s(0.0)) == (0.0, 2.0)


@pytest.mark.parametrize("text", ["line", "fox:1", "line:0", "line:many"])
def test_what_is_no_pace_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever is wrong
        read_paces(text)
