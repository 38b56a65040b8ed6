"""Which trunks a number goes by, in which order, and what is seen of us."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acd.errors import SettingsError
from acd.ids import QueueName
from crm_bridge.identifiers import IdentifierKind
from cti.ami import AmiUnavailable
from cti.ami_status import Registration
from cti.outside import Way, is_worth_another
from hub.dialling import Identity
from hub.services.outside_conf import render_outside
from hub.trunks import Trunks, at_home
from hub.trunks_conf import StatedBy, examine_trunks, read_trunks

QUEUES = ("support", "sales")
MOBILE = "+819012345678"
FILE = """
[first]
number => _0[2-9].
number => 117
caller_id => 0312345678
caller_id => sales,0312340000
max_calls = 2

[second]
form = e164
withhold = prefix

[third]
form = digits
number => _010.
"""


STATED = """
[carrier]
[linecall]
outgoing = no
line_user_header = X-LINE-User
[shop]
identity_header => social,X-Shop-User
"""


@dataclass
class State:
    down: set[str] = field(default_factory=set)
    unregistered: set[str] = field(default_factory=set)
    channels: dict[str, int] = field(default_factory=dict)

    def is_reachable(self, endpoint: str) -> bool | None:
        return False if endpoint in self.down else None

    def registration(self, endpoint: str) -> Registration | None:
        return Registration(endpoint, endpoint, "Rejected") if endpoint in self.unregistered else None

    async def channels_on(self, endpoint: str) -> int:
        if endpoint not in self.channels:
            raise AmiUnavailable("no link")
        return self.channels[endpoint]


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def trunks(tmp_path: Path, state: State) -> Trunks:
    (tmp_path / "trunks.conf").write_text(FILE)
    return Trunks(read_trunks(tmp_path, QUEUES), state, region="JP")


async def _endpoints(trunks: Trunks, number: str = MOBILE) -> list[str]:
    return [way.endpoint for way in await trunks.ways(number)]


async def test_in_the_order_of_the_file_by_numbers(trunks: Trunks) -> None:
    assert await _endpoints(trunks) == ["PJSIP/09012345678@first", f"PJSIP/{MOBILE}@second"]
    assert await _endpoints(trunks, "+12125550123") == [
        "PJSIP/+12125550123@second",
        "PJSIP/12125550123@third",
    ]
    assert await _endpoints(trunks, "117") == ["PJSIP/117@first", "PJSIP/117@second"]


async def test_who_is_known_to_be_away_comes_last(trunks: Trunks, state: State) -> None:
    state.down.add("first")
    assert await _endpoints(trunks) == [f"PJSIP/{MOBILE}@second", "PJSIP/09012345678@first"]
    state.unregistered.add("second")
    assert await _endpoints(trunks) == ["PJSIP/09012345678@first", f"PJSIP/{MOBILE}@second"]


async def test_a_full_trunk_is_left_out(trunks: Trunks, state: State) -> None:
    state.channels["first"] = 1
    assert len(await _endpoints(trunks)) == 2
    state.channels["first"] = 2
    assert await _endpoints(trunks) == [f"PJSIP/{MOBILE}@second"]


async def test_caller_id_by_queue_and_withheld(trunks: Trunks) -> None:
    (first, second) = await trunks.ways(MOBILE, queue=QueueName("sales"))
    assert (first.caller_id, second.caller_id) == ("0312340000", "")
    (first, second) = await trunks.ways(MOBILE, queue=QueueName("support"), identity=Identity.WITHHELD)
    assert first.caller_id == "0312345678"
    assert first.variables == {"CONNECTEDLINE(pres,i)": "prohib"}
    assert second == Way("PJSIP/18409012345678@second")
    (first, second) = await trunks.ways(MOBILE, identity=Identity.SHOWN)
    assert (first.endpoint, second.endpoint) == ("PJSIP/09012345678@first", "PJSIP/18609012345678@second")


async def test_our_common_number_is_seen_where_a_trunk_names_none(trunks: Trunks) -> None:
    trunks._caller_id = "0311110000"
    ways = await trunks.ways(MOBILE, queue=QueueName("sales"))
    assert [way.caller_id for way in ways] == ["0312340000", "0311110000"]


async def test_a_template_is_the_only_way(state: State) -> None:
    trunks = Trunks((), state, region="JP", template="Local/{number}@mine/n", caller_id="0312345678")
    assert await trunks.ways(MOBILE) == [Way(f"Local/{MOBILE}@mine/n", "0312345678")]


def test_at_home() -> None:
    assert at_home(MOBILE, "JP") == "09012345678"
    assert at_home("+12125550123", "JP") == "01012125550123"
    assert at_home("117", "JP") == "117"


def test_what_is_wrong_in_the_file_is_said_by_line(tmp_path: Path) -> None:
    (tmp_path / "trunks.conf").write_text(
        "[a b]\nform = morse\nnumber => _[\ncaller_id => nobody,0312345678\ncaller_id => x\n"
        "max_calls = -1\norder = 3\n"
    )
    _, problems = examine_trunks(tmp_path, QUEUES)
    assert sorted(problem.line for problem in problems) == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(SettingsError):
        read_trunks(tmp_path, QUEUES)
    (tmp_path / "trunks.conf").unlink()
    assert examine_trunks(tmp_path, QUEUES) == ((), ())


def test_without_the_hub_the_dialplan_has_the_same_order(tmp_path: Path) -> None:
    (tmp_path / "trunks.conf").write_text(FILE)
    text = render_outside(read_trunks(tmp_path, QUEUES))
    dials = [line.strip() for line in text.splitlines() if "Dial(" in line]
    assert [line.rpartition("@")[2] for line in dials] == ["first,60)", "second,60)", "third,60)"]
    assert '"^([0][23456789].+|[1][1][7])$"' in text


def test_phones_send_callers_only_to_numbers_that_a_trunk_carries(tmp_path: Path) -> None:
    def taken(text: str) -> list[str]:
        (tmp_path / "trunks.conf").write_text(text)
        numbers = render_outside(read_trunks(tmp_path, QUEUES)).partition("[outside-numbers]")[2]
        return [line[9:].partition(",")[0] for line in numbers.splitlines() if line.startswith("exten => ")]

    assert taken("[a]\nnumber => _0Z.\nnumber => 117\n[b]\nnumber => 117\n") == [
        "_+X!",
        "_[0][123456789].",
        "_[1][1][7]",
    ]
    assert taken("[a]\nnumber => _0.\n[b]\n") == ["_+X!", "_XXX!"]
    assert taken("") == []


@pytest.mark.parametrize(
    ("cause", "status", "rang", "expected"),
    [
        (34, 503, False, True),
        (19, 480, False, True),
        (19, 480, True, False),
        (17, 486, False, False),
        (1, 404, False, False),
        (1, 604, False, False),
        (21, 603, False, False),
        (21, 403, False, True),
        (18, None, False, True),
        (16, None, False, False),
    ],
)
def test_when_the_next_is_tried(cause: int, status: int | None, rang: bool, expected: bool) -> None:
    assert is_worth_another(cause, status, rang=rang) is expected


async def test_who_calls_is_stated_by_the_trunks_that_may(tmp_path: Path, state: State) -> None:
    (tmp_path / "trunks.conf").write_text(STATED, encoding="utf-8")
    read = read_trunks(tmp_path, QUEUES)
    trunks = Trunks(read, state, region="JP")
    found = {name: trunks.stated_by(name) for name in ("carrier", "linecall", "shop", "another")}
    assert found == {
        "carrier": None,
        "linecall": StatedBy(IdentifierKind.LINE, "X-LINE-User"),
        "shop": StatedBy(IdentifierKind.SOCIAL, "X-Shop-User"),
        "another": None,
    }
    assert [way.endpoint.partition("@")[2] for way in await trunks.ways(MOBILE)] == ["carrier", "shop"]
    assert "linecall" not in render_outside(read)


@pytest.mark.parametrize(
    "line",
    [
        "line_user_header = X-LINE-User(1)",
        "line_user_header => line,X-LINE-User",
        "identity_header => X-User",
        "identity_header => phone,X-User",
        "line_user_header = X-A\nidentity_header => line,X-B",
    ],
)
def test_headers_that_cannot_be_are_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "trunks.conf").write_text(f"[linecall]\n{line}\n", encoding="utf-8")
    assert len(examine_trunks(tmp_path)[1]) == 1
