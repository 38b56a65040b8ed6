"""The queue files together: what they mean, and what is said about mistakes."""

from pathlib import Path

import pytest

from acd.contact import Channel
from acd.errors import SettingsError
from acd.ids import QueueName
from acd.policy import Disposition, Member, Quiet, Strategy
from acd.settings import examine, load, members
from tests.acd.files import folder, problems

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


def test_both_files_are_read_under_the_same_names(tmp_path: Path) -> None:
    settings = load(folder(tmp_path, QUEUES, ACD))
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
    sato, tanaka = members(load(folder(tmp_path, QUEUES, ACD)))
    assert (sato.id, sato.queues, sato.skills, sato.budget) == ("sato", {"support": 0}, {"billing": 7}, 120)
    assert tanaka.queues == {"support": 2, "sales": 0}


def test_acd_conf_may_be_missing(tmp_path: Path) -> None:
    (folder(tmp_path, QUEUES) / "acd.conf").unlink()
    settings = load(tmp_path)
    assert settings.queues[SALES].members == (Member(agent=members(settings)[1].id),)
    assert settings.queues[SALES].wrapup_text_s == 0


def test_the_shipped_files_are_right() -> None:
    settings = load(Path(__file__).parents[2] / "asterisk-config")
    assert {"support", "sales"} <= settings.queues.keys()
    assert settings.queues[SUPPORT].dispositions


@pytest.mark.parametrize(
    ("line", "expected"),
    [
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
        ("[general]\npop_url = ftp://crm.example/{number}", "expected an http or https address"),
        ("[general]\npop_url = https://crm.example/{name}", "expected an http or https address"),
        ("[general]\npop_url = https://me:secret@crm.example/", "expected an http or https address"),
        ("[general]\nbudget = lots", "expected budget = a number from 1 to 1000, found 'lots'"),
        ("[general]\nentry => line,base", "expected one of support, sales, found 'base'"),
        ("[general]\nquiet => voice,300,5", "expected one of chat, line, sms, email"),
        ("[general]\nquiet => line,300", "expected quiet => channel,seconds,cost, found 'line,300'"),
        ("[general]\nquiet => line,300,26", "expected a cost of line from 0 to 25, found '26'"),
        ("[general]\nquiet => line,0,5", "expected seconds from 1 to 86400, found '0'"),
        ("[general]\ninterrupt => email", "expected interrupt => held,incoming, found 'email'"),
        (
            "[general]\ninterrupt => voice,video",
            "expected one of chat, line, sms, email, fax, social, ticket",
        ),
        ("[general]\ninterrupt => email,phone", "expected one of voice, video, chat, line"),
        ("[general]\ninterrupt => email,email", "expected two channels that differ, found email twice"),
        ("[general]\npriority_step = -1", "expected priority_step = seconds from 0 to 86400, found '-1'"),
        ("[general]\nweight_step = x", "expected weight_step = seconds from 0 to 86400, found 'x'"),
        ("[general]\nhead_start_max = x", "expected head_start_max = seconds from 0 to 604800, found 'x'"),
        ("[support]\nstrategy = rrmemory", "expected one of mostskilled, leastoccupied, found 'rrmemory'"),
        ("[support]\npreferred_margin = x", "expected preferred_margin = seconds from 0 to 86400"),
        ("[support]\ncallerid = 0312345678", "expected a word of acd.conf, found 'callerid'"),
        ("[support]\ncallback_tries = 0", "expected callback_tries = a number from 1 to 100, found '0'"),
        ("[support]\ncallback_retry = 0", "expected callback_retry = seconds from 1 to 86400, found '0'"),
        ("[support]\nservicelevel => chat", "expected servicelevel => channel,seconds, found 'chat'"),
        ("[support]\nservicelevel => chat,0", "expected seconds from 1 to 604800, found '0'"),
        ("[support]\nservicelevel => pager,9", "expected one of voice, video, chat, line"),
        ("[support", "expected [name]"),
    ],
)
def test_mistakes_in_acd_conf(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, QUEUES, line)
    assert found.startswith(f"acd.conf:{len(line.splitlines())}: {expected}")


WORDS = """
[general]
quiet => email,600,5
quiet => chat,120,0
interrupt => email,voice
interrupt => line,voice
interrupt => email,voice
interrupt => email,chat
priority_step = 30
weight_step = 10
head_start_max = 900
keep_free_after = 120
parktime = 90
[support]
strategy = MostSkilled
preferred_margin = 45
callback_tries = 5
callback_retry = 600
servicelevel => chat,60
servicelevel => voice,15
"""


def test_what_only_acd_conf_can_say(tmp_path: Path) -> None:
    settings = load(folder(tmp_path, QUEUES.replace("retry = 3", "servicelevel = 20"), WORDS))
    assert settings.quiet == {
        Channel.EMAIL: Quiet(after_s=600, cost=5),
        Channel.CHAT: Quiet(after_s=120, cost=0),
    }
    assert settings.interrupts == {
        Channel.VOICE: (Channel.EMAIL, Channel.LINE),
        Channel.CHAT: (Channel.EMAIL,),
    }
    assert (settings.priority_step_s, settings.weight_step_s, settings.head_start_s_max) == (30, 10, 900)
    assert (settings.keep_free_after_s, settings.park_s) == (120, 90)
    support = settings.queues[SUPPORT]
    assert (support.strategy, settings.queues[SALES].strategy) == (Strategy.MOSTSKILLED, Strategy.FEWESTCALLS)
    assert (support.preferred_margin_s, support.callback_tries, support.callback_retry_s) == (45, 5, 600)
    assert support.service_levels == {Channel.VOICE: 15, Channel.VIDEO: 20, Channel.CHAT: 60}


def test_a_quiet_cost_may_be_all_of_a_cost_that_the_file_sets(tmp_path: Path) -> None:
    acd = "[general]\nquiet => line,60,40\ncost => line,40\n"
    assert load(folder(tmp_path, QUEUES, acd)).quiet[Channel.LINE].cost == 40


def test_a_reading_says_where_agents_and_menus_are_named(tmp_path: Path) -> None:
    acd = "[general]\nskill => abe,billing,3\n[support]\noverflow => 9,goto,sorry\n"
    reading = examine(folder(tmp_path, QUEUES, acd))
    assert not reading.problems
    lines = [(each.name, Path(each.place.file).name, each.place.line) for each in reading.agents]
    assert lines == [
        ("sato", "queues.conf", 12),
        ("tanaka", "queues.conf", 13),
        ("tanaka", "queues.conf", 15),
        ("abe", "acd.conf", 2),
    ]
    assert [(each.name, each.place.line) for each in reading.menus] == [("sorry", 4)]


def test_an_inherited_member_is_mentioned_once(tmp_path: Path) -> None:
    queues = "[t](!)\nmember => PJSIP/a\n[x](t)\n[y](t)\n"
    assert len(examine(folder(tmp_path, queues)).agents) == 1


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


def test_a_page_of_another_program_is_said_for_all_queues_or_for_one(tmp_path: Path) -> None:
    url, own = "https://crm.example/?tel={number}", "http://localhost:8000/{customer}/{contact}"
    files = folder(tmp_path, QUEUES, f"[general]\npop_url = {url}\n[sales]\npop_url = {own}\n")
    queues = load(files).queues
    assert [queues[QueueName(name)].pop_url for name in ("support", "sales")] == [url, own]
