"""What Asterisk writes beside a fax, and what the hub is told of it."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.fax import codec
from gateways.fax.codec import Received, Sent
from gateways.fax.conf import FaxLine, examine_fax
from gateways.fax.report import Report
from gateways.fax.spool import Spool
from gateways.protocol import Delivery, Inbound, RawEvent, Receipt
from hub.services.fax_conf import render_fax

WHOLE = """line=main
dialled=0312345679
number=0355550000
began=1795720812
status=SUCCESS
error=
reason=OK
pages=3
rate=14400
station=+81 3 5555 0000
mode=T38
ended=1795720837
"""
LINES = {"main": FaxLine(name="main", queue="sales")}


def test_a_fax_is_a_message_with_a_document() -> None:
    report = Report.read(WHOLE)
    event = codec.event_of_received(
        Received("pbx", "1-2", report, codec.PDF, 3), codec.sender(report, "1-2", "JP")
    )
    told = codec.decode(event, LINES, "JP")
    assert isinstance(told, Inbound)
    assert (told.address, told.account, told.queue) == ("+81355550000", "main", "sales")
    assert (told.text, told.notes) == ("FAX 3枚", ())
    assert told.parts[0].type == "application/pdf"
    assert told.fields["fax_station_number"] == "+81355550000"
    assert told.fields["fax_result"] == "complete"


def test_what_was_cut_off_is_marked() -> None:
    report = Report.read(WHOLE.replace("SUCCESS", "FAILED"))
    event = codec.event_of_received(Received("pbx", "1-2", report, codec.PDF, 3), "+81355550000")
    told = codec.decode(event, LINES, "JP")
    assert isinstance(told, Inbound)
    assert told.notes == ("fax_cut_off",)
    assert told.fields["fax_result"] == "cut_off"


@pytest.mark.parametrize(
    ("number", "station", "sender"),
    [
        ("0355550000", "0312345678", "+81355550000"),
        ("anonymous", "+81 3 1234 5678", "+81312345678"),
        ("", "", "unknown:1-2"),
        ("", "NO NUMBER", "unknown:1-2"),
    ],
)
def test_a_sender_is_known_by_number_or_else_by_what_his_machine_says(
    number: str, station: str, sender: str
) -> None:
    assert codec.sender(Report(number=number, station=station), "1-2", "JP") == sender


def test_what_became_of_ours_is_a_receipt() -> None:
    event = codec.event_of_sent(Sent("m1", Delivery.FAILED, 5, "busy"), "+81355550000")
    told = codec.decode(event, LINES, "JP")
    assert isinstance(told, Receipt)
    assert (told.sent_as, told.delivery, told.reason) == ("m1", Delivery.FAILED, "busy")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    event = RawEvent(channel=Channel.FAX, event_id="1", address="", body=body)
    with suppress(ValueError):
        codec.decode(event, LINES, "JP")


@given(st.text(max_size=300))
def test_any_report_is_read(text: str) -> None:
    assert Report.read(text).pages >= 0


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("dial=BUSY\ncause=17", "busy"),
        ("dial=NOANSWER", "no_answer"),
        ("dial=CHANUNAVAIL\ncause=1", "wrong_number"),
        ("dial=CONGESTION\ncause=34", "unreachable"),
        ("status=FAILED\npages=2\nrate=9600", "cut_off"),
        ("status=FAILED\nstation=03 1", "failed"),
        ("status=FAILED\nreason=The call dropped prematurely", "no_fax"),
    ],
)
def test_results_have_one_word(text: str, result: str) -> None:
    assert Report.read(text).result == result


def test_a_fax_whose_asterisk_died_is_over_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    report = tmp_path / "in" / "1-2.fax"
    report.write_text("line=main\nnumber=0355550000\nbegan=1000\n")
    os.utime(report, (2000, 2000))
    assert Spool(tmp_path, lambda: 2100.0).received() == []
    ((id_, found),) = Spool(tmp_path, lambda: 3000.0).received()
    assert (id_, found.ended, found.error, found.is_whole) == ("1-2", 2000, "LOST", False)


def test_what_is_wrong_in_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "fax.conf").write_text(
        "[main]\nnumber => 0312345679\nqueue = nobody\npages_max = 0\nstation = x\n"
        "[two]\nnumber => 0312345679\n"
    )
    lines, problems = examine_fax(tmp_path, {"support"})
    assert [each.name for each in lines] == ["main", "two"]
    said = "\n".join(map(str, problems))
    for part in ("expected a queue", "pages_max", "station", "expected a number once"):
        assert part in said


def test_numbers_become_dialplan() -> None:
    text = render_fax([FaxLine(name="main", numbers=("0312345679",), tones=("_03X.",), station="03 1")])
    numbers, tones = text.split("[fax-tones]")
    assert "exten => 0312345679,1,Set(FAX_LINE=main)" in numbers
    assert "exten => _03X.,1,Set(FAX_LINE=main)" in tones
    assert "Set(FAXOPT(localstationid)=03 1)" in numbers
