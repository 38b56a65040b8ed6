"""What a provider's answer means."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest

from gateways.http import RETRY_AFTER_MAX_S, no_answer, refusal


@pytest.mark.parametrize(
    ("status", "retryable", "in_doubt"),
    [(400, False, False), (401, False, False), (404, False, False), (429, True, False), (500, True, True)],
)
def test_statuses(status: int, retryable: bool, in_doubt: bool) -> None:
    failure = refusal(status, "words")
    assert (failure.retryable, failure.in_doubt) == (retryable, in_doubt)
    assert failure.reason == f"HTTP {status}: words"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("99999", RETRY_AFTER_MAX_S),
        ("soon", None),
        ("nan", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert refusal(429, "", header).retry_after_s == seconds


def test_retry_after_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=120)
    seconds = refusal(503, "", format_datetime(later, usegmt=True)).retry_after_s
    assert seconds is not None
    assert 110 < seconds <= 121


def test_only_a_connection_that_never_was_leaves_no_doubt() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("host", 80, False, True, None, None, None)
    assert not no_answer(aiohttp.ClientConnectorError(key, OSError("refused"))).in_doubt
    assert no_answer(aiohttp.ServerDisconnectedError()).in_doubt
    assert no_answer(aiohttp.ServerTimeoutError()).in_doubt
    assert no_answer(TimeoutError()).retryable
