"""Callers in `Queue()`, read from AMI's lists, and their places."""

import itertools

import pytest

from cti.ami_connection import Headers
from cti.app_queue import QueueStage, queue_priority, queued_calls, waiting_ids
from cti.incoming import incoming_call
from tests.cti.channels import channel

NOW_MS = 1_795_665_885_140


def _listed(id_: str, name: str = "PJSIP/carrier-00000001", **fields: str) -> Headers:
    found = {
        "event": "CoreShowChannel",
        "channel": name,
        "calleridnum": "0312345678",
        "calleridname": "<unknown>",
        "context": "fallback",
        "exten": "s",
        "uniqueid": id_,
        "linkedid": id_,
        "application": "Queue",
        "applicationdata": "support",
    }
    return {**found, **fields}


def _rung(caller: str, **fields: str) -> Headers:
    return _listed("leg", "PJSIP/sato-00000002", application="AppQueue", linkedid=caller, **fields)


@pytest.mark.parametrize("place_ms", [0, NOW_MS, -5, 60_000, 2**62])
def test_a_priority_is_an_int_of_asterisk_above_that_of_callers_without(place_ms: int) -> None:
    assert 0 < queue_priority(place_ms) < 2**31


def test_who_came_earlier_has_the_higher_priority() -> None:
    places = [NOW_MS + 100 * at for at in range(50)]
    priorities = [queue_priority(place) for place in places]
    assert all(one > other for one, other in itertools.pairwise(priorities))


def test_places_within_a_tenth_of_a_second_are_the_same() -> None:
    assert queue_priority(1_000) == queue_priority(1_099) > queue_priority(1_100)


def test_the_dialplan_counts_in_the_same_way() -> None:
    """`$[2147483647 - (${EPOCH} * 10 + 10) % 2147483647]`: the end of the second."""
    seconds = NOW_MS // 1000
    assert queue_priority((seconds + 1) * 1000) == 2147483647 - (seconds * 10 + 10) % 2147483647


def test_who_waits_is_read_with_all_that_is_known_of_him() -> None:
    (found,) = queued_calls("pbx1", [{"response": "Success"}, _listed("pbx1-1795665799.7")], _all_wait())
    assert (found.queue, found.stage, found.may_return) == ("support", QueueStage.WAITING, True)
    call = found.call
    assert (call.key.node, call.key.id, call.trunk) == ("pbx1", "pbx1-1795665799.7", "carrier")
    assert (call.caller_number, call.caller_name, call.queue) == ("0312345678", "", "support")
    assert call.at_ms == 1_795_665_799_000


@pytest.mark.parametrize("number", ["anonymous", "<unknown>", ""])
def test_a_withheld_number_stays_so(number: str) -> None:
    (found,) = queued_calls("pbx1", [_listed("pbx1-1.7", calleridnum=number)], _all_wait("pbx1-1.7"))
    assert found.call.caller_number is None


def test_a_caller_for_whom_a_phone_rings_is_told_from_others() -> None:
    channels = [_listed("a-1.1"), _listed("b-1.2"), _rung("b-1.2")]
    found = queued_calls("pbx1", channels, _all_wait("a-1.1", "b-1.2"))
    assert [each.stage for each in found] == [QueueStage.WAITING, QueueStage.RINGING]


def test_who_talks_is_read_with_his_agent() -> None:
    channels = [_listed("a-1.1", bridgeid="x"), _rung("a-1.1", bridgeid="x"), _listed("c-1.3", bridgeid="y")]
    found = queued_calls("pbx1", channels, frozenset())
    assert [(each.stage, each.endpoint) for each in found] == [
        (QueueStage.TALKING, "PJSIP/sato"),
        (QueueStage.TALKING, ""),
    ]


def test_who_has_talked_and_is_about_to_go_is_left_out() -> None:
    assert queued_calls("pbx1", [_listed("a-1.1")], frozenset()) == ()


def test_queues_that_are_not_ours_are_left_alone() -> None:
    others = [_listed("a-1.1", context="elsewhere"), _listed("b-1.2", application="Dial")]
    assert queued_calls("pbx1", others, _all_wait("a-1.1", "b-1.2")) == ()


def test_who_was_given_up_is_to_stay() -> None:
    (found,) = queued_calls("pbx1", [_listed("a-1.1", exten="stay")], _all_wait("a-1.1"))
    assert not found.may_return


def test_who_waits_is_read_from_the_status_of_queues() -> None:
    answer: list[Headers] = [
        {"response": "Success"},
        {"event": "QueueParams", "queue": "support"},
        {"event": "QueueMember", "queue": "support"},
        {"event": "QueueEntry", "uniqueid": "a-1.1"},
    ]
    assert waiting_ids(answer) == {"a-1.1"}


def test_a_call_that_comes_back_says_from_which_queue() -> None:
    back = channel("c", "back,carrier,0120,sales")
    found = incoming_call("pbx1", back, ["back", "carrier", "0120", "sales"])
    assert found is not None
    assert (found.queue, found.trunk, found.dialled) == ("sales", "carrier", "0120")
    new = incoming_call("pbx1", back, ["in", "carrier", "0120"])
    assert new is not None
    assert new.queue is None


def _all_wait(*calls: str) -> frozenset[str]:
    return frozenset(calls or ("pbx1-1795665799.7",))
