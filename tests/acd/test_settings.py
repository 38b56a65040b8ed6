"""The queue files: what they mean, and what is said about mistakes."""

from pathlib import Path

import pytest

from acd.contact import Channel
from acd.errors import SettingsError
from acd.ids import QueueName
from acd.policy import Disposition, Member, Strategy
from acd.settings import load, members

QUEUES = """
[general]
persistentmembers = no
[base](!)
strategy = fewestcalls
timeout = 12
[support](base)
retry = 3
wrapuptime = 30
maxlen = 50
musicclass = default
member => PJSIP/sato,0,Sato,PJSIP/sato
member => PJSIP/tanaka,2
[sales](base)
member => PJSIP/tanaka
"""

ACD = """
[general]
budget = 120
cost => line,30
limit => voice,1
skill => sato,billing,7
[support]
channels = voice, line
preferred_wait = 40
wrapup = manual
disposition => ok,完了,Done
"""

SUPPORT, SALES = QueueName("support"), QueueName("sales")


def folder(path: Path, queues: str = QUEUES, acd: str | None = ACD) -> Path:
    (path / "queues.conf").write_text(queues, encoding="utf-8")
    if acd is not None:
        (path / "acd.conf").write_text(acd, encoding="utf-8")
    return path


def problems(path: Path, queues: str = QUEUES, acd: str | None = ACD) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(folder(path, queues, acd))
    return [str(each).removeprefix(f"{path}/") for each in caught.value.problems]


def test_both_files_are_read_under_the_same_names(tmp_path: Path) -> None:
    settings = load(folder(tmp_path))
    support = settings.queues[SUPPORT]
    assert list(settings.queues) == ["support", "sales"], "a template is no queue"
    assert (support.strategy, support.ring_s, support.retry_s) == (Strategy.FEWESTCALLS, 12, 3)
    assert (support.wrapup_voice_s, support.wrapup_text_s, support.max_waiting) == (30, None, 50)
    assert (support.channels, support.preferred_wait_s) == ((Channel.VOICE, Channel.LINE), 40)
    assert [(member.agent, member.penalty) for member in support.members] == [("sato", 0), ("tanaka", 2)]
    assert support.dispositions == (Disposition(code="ok", ja="完了", en="Done"),)
    assert (settings.budget, settings.costs[Channel.LINE], settings.costs[Channel.VOICE]) == (120, 30, 100)
    assert settings.limits == {Channel.VOICE: 1}


def test_members_are_the_agents_of_all_queues(tmp_path: Path) -> None:
    sato, tanaka = members(load(folder(tmp_path)))
    assert (sato.id, sato.queues, sato.skills, sato.budget) == ("sato", {"support": 0}, {"billing": 7}, 120)
    assert tanaka.queues == {"support": 2, "sales": 0}


def test_acd_conf_may_be_missing(tmp_path: Path) -> None:
    settings = load(folder(tmp_path, acd=None))
    assert settings.queues[SALES].members == (Member(agent=members(settings)[1].id),)
    assert settings.queues[SALES].wrapup_text_s == 0


def test_the_shipped_files_are_right() -> None:
    settings = load(Path(__file__).parents[2] / "asterisk-config")
    assert {"support", "sales"} <= settings.queues.keys()
    assert settings.queues[SUPPORT].dispositions


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("strategy = fastest", "expected one of rrmemory, leastrecent, fewestcalls, linear, found 'fastest'"),
        ("strategy = ringall", "expected a strategy that the hub serves"),
        ("timeout = 0", "expected timeout = seconds from 1 to 3600, found '0'"),
        ("timeout = soon", "expected timeout = seconds from 1 to 3600, found 'soon'"),
        ("timeuot = 5", "expected a word of app_queue, found 'timeuot'"),
        ("member => Local/5@x", "expected member => PJSIP/<agent>[,penalty], found 'Local/5@x'"),
        ("member => PJSIP/sato,high", "expected a penalty from 0 to 1000000, found 'high'"),
        ("member => PJSIP/a\nmember => PJSIP/a", "expected each agent once a queue, found a again"),
        ("wrapuptime = -1", "expected wrapuptime = seconds from 0 to 86400, found '-1'"),
    ],
)
def test_mistakes_in_queues_conf(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, f"[support]\n{line}\n", "")
    assert found.startswith(f"queues.conf:{1 + len(line.splitlines())}: {expected}")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[suport]", "expected the name of a queue of queues.conf, found [suport]"),
        ("[support]\nchannels = voice,telegram", "expected one of voice, video, chat, line, sms"),
        ("[support]\nwrapup = 0", "expected wrapup = none, manual or seconds from 1 to 86400, found '0'"),
        ("[support]\ndisposition => ok,完了", "expected disposition => code,Japanese,English"),
        ("[support]\npreferred_wait = x", "expected preferred_wait = seconds from 0 to 86400, found 'x'"),
        ("[support]\nwarpup = 5", "expected a word of acd.conf, found 'warpup'"),
        ("[general]\nskill => sato,billing,11", "expected a level from 1 to 10, found '11'"),
        ("[general]\ncost => voice", "expected cost => channel,number, found 'voice'"),
        ("[general]\ncost => fax,0", "expected a number from 1 to 1000, found '0'"),
        ("[general]\nbudget = lots", "expected budget = a number from 1 to 1000, found 'lots'"),
        ("[support", "expected [name]"),
    ],
)
def test_mistakes_in_acd_conf(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, acd=line)
    assert found.startswith(f"acd.conf:{len(line.splitlines())}: {expected}")


def test_all_mistakes_are_told_at_once_and_an_inherited_one_once(tmp_path: Path) -> None:
    queues = "[t](!)\ntimeout = x\n[support](t)\n[sales](t)\nretry = y\n"
    assert [each.partition(": ")[0] for each in problems(tmp_path, queues, "[other]\n")] == [
        "acd.conf:1",
        "queues.conf:2",
        "queues.conf:5",
    ]


def test_a_missing_queues_conf_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"queues\.conf:0: cannot be read"):
        load(tmp_path)
