"""What a provider's HTTP answer, or the lack of one, means for a message."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from gateways import tls
from gateways.errors import SendFailed

RETRY_AFTER_MAX_S = 3600.0
_DETAIL_MAX = 200


def refusal(status: int, detail: str, retry_after: str | None = None) -> SendFailed:
    """Return the failure that a status other than 2xx stands for.

    429 and 5xx may pass; after a 5xx nobody knows whether the message was taken. `retry_after` is the
    header (RFC 9110 §10.2.3), at most an hour of which is believed.
    """
    return SendFailed(
        f"HTTP {status}: {detail[:_DETAIL_MAX]}",
        retryable=status == 429 or status >= 500,
        retry_after_s=_seconds(retry_after),
        in_doubt=status >= 500,
    )


def no_answer(error: aiohttp.ClientError | TimeoutError) -> SendFailed:
    """Return the failure for a request without an answer: in doubt, unless no connection came about."""
    never_left = isinstance(error, aiohttp.ClientConnectorError)
    return SendFailed(why(error), retryable=True, in_doubt=not never_left)


def why(error: aiohttp.ClientError | TimeoutError) -> str:
    """Return why there was no answer."""
    return tls.trouble(error) or f"no answer: {type(error).__name__}"


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        seconds = (at - datetime.now(UTC)).total_seconds()
    if seconds != seconds:  # NaN
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_S)
