"""Logs: what is personal is masked, what is secret never appears."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from hub.logs import configure_logs
from hub.settings import LogLevel


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def stream(_restored: None) -> io.StringIO:
    return io.StringIO()


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+819012345678", "…5678"),
        ("090-1234-5678", "…5678"),
        ("12345678", "***"),
        ("1234", "***"),
        ("こんにちは", "*** (5)"),
        ("U4af4980629", "*** (11)"),
        ("", "*** (0)"),
        (None, None),
        (["+819012345678", "x"], ["…5678", "*** (1)"]),
        ({"number": "+819012345678"}, {"number": "…5678"}),
    ],
)
def test_personal_fields_are_masked(stream: io.StringIO, value: object, shown: object) -> None:
    configure_logs(LogLevel.INFO, stream=stream)
    structlog.get_logger().info("call.arrived", personal_caller=value, queue="support")
    (line,) = _lines(stream)
    assert (line["personal_caller"], line["queue"], line["event"]) == (shown, "support", "call.arrived")


def test_personal_fields_may_be_shown_but_secrets_never(stream: io.StringIO) -> None:
    configure_logs(LogLevel.INFO, personal=True, stream=stream)
    structlog.get_logger().info(
        "sent",
        personal_text="こんにちは",
        reply_token="hunter2",
        ari_password="hunter2",
        headers={"Authorization": "hunter2", "Host": "h"},
        key=SecretStr("hunter2"),
    )
    (line,) = _lines(stream)
    assert line["personal_text"] == "こんにちは"
    assert line["headers"] == {"Authorization": "***", "Host": "h"}
    assert "hunter2" not in stream.getvalue()


def test_tracebacks_come_without_the_values_of_variables(stream: io.StringIO) -> None:
    configure_logs(LogLevel.INFO, stream=stream)

    def fail(number: str) -> None:
        raise ValueError("expected digits")

    try:
        fail("+819012345678")
    except ValueError:
        structlog.get_logger().exception("bad")
    assert "expected digits" in stream.getvalue()
    assert "9012345678" not in stream.getvalue()


def test_libraries_log_in_the_same_form(stream: io.StringIO) -> None:
    configure_logs(LogLevel.INFO, stream=stream)
    logging.getLogger("aiohttp.server").warning("odd request")
    logging.getLogger("alembic.runtime").info("quiet")
    structlog.get_logger().debug("quiet")
    (line,) = _lines(stream)
    assert (line["event"], line["level"]) == ("odd request", "warning")
