"""The generated modules are what the generator makes of the installed Asterisk's description."""

import os
from pathlib import Path
from typing import Any

import pytest

from cti.ari import generate
from cti.ari.codec import UnknownEvent, decode, encode_request
from cti.ari.models import StasisStart, TextMessage
from hub.services.asterisk_install import find_asterisk
from hub.services.errors import ProgramMissing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def description() -> dict[str, Any]:
    home = Path(os.environ.get("TORITSUGI_HOME", ROOT / ".toritsugi"))
    try:
        data = find_asterisk(os.environ, home / "asterisk").data
    except ProgramMissing:
        data = None
    folder = (data or Path("/usr/share/asterisk")) / "rest-api"
    if not folder.is_dir():
        pytest.skip("no resource description on this machine")
    return generate.read_description(folder)


@pytest.mark.parametrize(
    ("file", "make"),
    [("models.py", generate.models_source), ("resources.py", generate.resources_source)],
)
def test_the_generated_module_is_up_to_date(description: dict[str, Any], file: str, make: Any) -> None:
    assert (ROOT / "cti/ari" / file).read_text("utf-8") == make(description)


def test_unknown_fields_are_ignored_and_unknown_events_kept() -> None:
    unknown = decode(b'{"type":"FromTheFuture","x":[1]}')
    assert unknown == UnknownEvent(kind="FromTheFuture", body=b'{"type":"FromTheFuture","x":[1]}')
    known = decode(
        b'{"type":"ApplicationReplaced","application":"a","new":1,"timestamp":"2026-11-22T05:28:35.241+0900"}'
    )
    assert type(known).__name__ == "ApplicationReplaced"


def test_an_event_without_what_it_should_carry_is_unknown() -> None:
    frame = b'{"type":"StasisStart","application":"a","timestamp":"2026-11-22T05:28:35.241+0000"}'
    assert isinstance(decode(frame), UnknownEvent)
    assert StasisStart.__struct_config__.tag == "StasisStart"


def test_python_keywords_have_another_name_in_python_only() -> None:
    assert TextMessage.__struct_encode_fields__[0] == "from"
    assert TextMessage.__struct_fields__[0] == "from_"


def test_requests_leave_out_what_is_not_given() -> None:
    assert encode_request("1", "GET", "/channels/a%2Fb", {}, None) == (
        b'{"type":"RESTRequest","transaction_id":"1","request_id":"1","method":"GET","uri":"channels/a%2Fb"}'
    )
