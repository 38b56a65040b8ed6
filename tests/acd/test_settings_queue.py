"""The words of `queues.conf`: what the hub makes of each, and what it refuses."""

from pathlib import Path

import pytest

from acd.contact import Channel
from acd.ids import QueueName
from acd.policy import Absence, Announcements, QueueSettings, RecordPolicy, Strategy
from acd.settings import load
from tests.acd.files import folder, problems

PENALTY, PAUSED, UNAVAILABLE = Absence.PENALTY, Absence.PAUSED, Absence.UNAVAILABLE
NOBODY = (PENALTY, PAUSED, UNAVAILABLE)


def read(path: Path, *lines: str) -> QueueSettings:
    text = "\n".join(("[support]", *lines))
    return load(folder(path, text)).queues[QueueName("support")]


def test_a_queue_that_says_nothing_is_as_in_app_queue(tmp_path: Path) -> None:
    queue = read(tmp_path)
    assert queue == QueueSettings(name=QueueName("support"))
    assert queue.announcements == Announcements(position="yes", position_limit=10, holdtime="yes")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ringall", Strategy.RINGALL),
        ("leastrecent", Strategy.LEASTRECENT),
        ("fewestcalls", Strategy.FEWESTCALLS),
        ("random", Strategy.RANDOM),
        ("rrmemory", Strategy.RRMEMORY),
        ("roundrobin", Strategy.RRMEMORY),
        ("rrordered", Strategy.RRMEMORY),
        ("linear", Strategy.LINEAR),
        ("wrandom", Strategy.WRANDOM),
        ("RingAll", Strategy.RINGALL),
    ],
)
def test_every_strategy_of_app_queue_is_taken(tmp_path: Path, word: str, expected: Strategy) -> None:
    assert read(tmp_path, f"strategy = {word}").strategy is expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("joinempty", "yes", ()),
        ("joinempty", "no", NOBODY),
        ("joinempty", "strict", NOBODY),
        ("joinempty", "loose", (PENALTY, UNAVAILABLE)),
        ("joinempty", "false", NOBODY),
        ("joinempty", "paused,inuse,invalid", (PAUSED, Absence.INUSE, UNAVAILABLE)),
        ("joinempty", "ringing, unknown ,wrapup", (Absence.RINGING, UNAVAILABLE, Absence.WRAPUP)),
        ("joinempty", "inuse,loose,paused", NOBODY),
        ("leavewhenempty", "yes", NOBODY),
        ("leavewhenempty", "1", NOBODY),
        ("leavewhenempty", "no", ()),
        ("leavewhenempty", "strict", NOBODY),
        ("leavewhenempty", "penalty", (PENALTY,)),
    ],
)
def test_who_does_not_count_as_being_there(
    tmp_path: Path, key: str, value: str, expected: tuple[Absence, ...]
) -> None:
    queue = read(tmp_path, f"{key} = {value}")
    assert (queue.join_without if key == "joinempty" else queue.leave_without) == expected
    assert (queue.leave_without if key == "joinempty" else queue.join_without) == ()


@pytest.mark.parametrize(("value", "expected"), [("no", False), ("yes", True), ("all", True), ("on", True)])
def test_autopause(tmp_path: Path, value: str, expected: bool) -> None:
    queue = read(
        tmp_path,
        f"autopause = {value}",
        "autopausebusy = yes",
        "autopauseunavail = no",
        "autopausedelay = 60",
    )
    assert queue.autopause is expected
    assert (queue.autopause_busy, queue.autopause_unavailable, queue.autopause_delay_s) == (True, False, 60)


def test_numbers(tmp_path: Path) -> None:
    queue = read(tmp_path, "weight = 3", "memberdelay = 2", "servicelevel = 20", "penaltymemberslimit = 4")
    assert (queue.weight, queue.member_delay_s, queue.penalty_members_min) == (3, 2, 4)
    assert queue.service_levels == {Channel.VOICE: 20, Channel.VIDEO: 20}
    assert read(tmp_path, "servicelevel = 0").service_levels == {}


def test_announcements(tmp_path: Path) -> None:
    queue = read(
        tmp_path,
        "announce-frequency = 90",
        "min-announce-frequency = 20",
        "announce-position = limit",
        "announce-position-limit = 5",
        "announce-holdtime = once",
        "announce-round-seconds = 10",
        "announce-to-first-user = yes",
        "periodic-announce = one, two|three&four",
        "periodic-announce-frequency = 60",
    )
    assert queue.announcements == Announcements(
        frequency_s=90,
        frequency_min_s=20,
        position="limit",
        position_limit=5,
        holdtime="once",
        round_s=10,
        to_first=True,
        periodic=("one", "two", "three", "four"),
        periodic_s=60,
    )


def test_without_a_sound_of_its_own_a_queue_plays_app_queues(tmp_path: Path) -> None:
    queue = read(tmp_path, "periodic-announce-frequency = 60")
    assert queue.announcements.periodic == ("queue-periodic-announce",)


@pytest.mark.parametrize("key", ["musicclass", "music", "musiconhold", "MusicClass"])
def test_music_goes_by_three_names(tmp_path: Path, key: str) -> None:
    assert read(tmp_path, f"{key} = jazz").music_class == "jazz"


def test_an_empty_monitor_format_records_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "monitor-format = wav").recording.policy is RecordPolicy.ALWAYS
    assert read(tmp_path, "monitor-format =").recording.policy is RecordPolicy.NEVER


def test_words_that_only_asterisk_serves_are_left_alone(tmp_path: Path) -> None:
    lines = ("random-periodic-announce = yes", "ringinuse = no", "timeoutpriority = conf", "context = out")
    assert read(tmp_path, *lines) == read(tmp_path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "strategy = fastest",
            (
                "expected one of ringall, leastrecent, fewestcalls, random, rrmemory, roundrobin, rrordered, "
                "linear, wrandom, found 'fastest'"
            ),
        ),
        ("strategy = mostskilled", "expected one of ringall, leastrecent"),
        ("weight = -1", "expected weight = a number from 0 to 1000, found '-1'"),
        ("memberdelay = x", "expected memberdelay = seconds from 0 to 3600, found 'x'"),
        ("servicelevel = x", "expected servicelevel = seconds from 0 to 86400, found 'x'"),
        ("autopause = some", "expected one of yes, no, all, found 'some'"),
        ("autopausebusy = all", "expected one of yes, no, found 'all'"),
        ("autopauseunavail = x", "expected one of yes, no, found 'x'"),
        ("autopausedelay = x", "expected autopausedelay = seconds from 0 to 86400, found 'x'"),
        (
            "joinempty = perhaps",
            (
                "expected one of yes, no, strict, loose, penalty, paused, inuse, ringing, unavailable, "
                "wrapup, invalid, unknown, found 'perhaps'"
            ),
        ),
        ("leavewhenempty = paused,", "expected one of yes, no, strict, loose"),
        ("announce-frequency = x", "expected announce-frequency = seconds from 0 to 86400, found 'x'"),
        ("min-announce-frequency = x", "expected min-announce-frequency = seconds from 0 to 86400"),
        ("announce-position = maybe", "expected one of yes, no, limit, more, found 'maybe'"),
        ("announce-position-limit = x", "expected announce-position-limit = a number from 0 to 1000000"),
        ("announce-holdtime = twice", "expected one of yes, no, once, found 'twice'"),
        ("announce-round-seconds = 7", "expected one of 0, 5, 10, 15, 20, 30, found '7'"),
        ("announce-to-first-user = x", "expected one of yes, no, found 'x'"),
        ("periodic-announce = one,,two", "expected 1 to 10 sound files, as in one,two, found 'one,,two'"),
        ("periodic-announce = " + ",".join("abcdefghijk"), "expected 1 to 10 sound files"),
        ("periodic-announce-frequency = x", "expected periodic-announce-frequency = seconds from 0 to 86400"),
        ("penaltymemberslimit = x", "expected penaltymemberslimit = a number from 0 to 1000000, found 'x'"),
        ("defaultrule = wide", "expected a rule of queuerules.conf (there are none), found 'wide'"),
    ],
)
def test_mistakes(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, f"[support]\n{line}\n")
    assert found.startswith(f"queues.conf:2: {expected}")
