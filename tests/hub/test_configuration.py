"""What only shows when the files, and the accounts, are seen together."""

import shutil
from pathlib import Path

import pytest

from acd.errors import SettingsError
from acd.ids import AgentId
from cti.feature_codes import DEFAULT_CODES, FeatureCodes
from hub.accounts import Account, Role
from hub.configuration import Findings, check, read_config, read_knowledge, read_phones
from ivr.hearing import Choices, question_of

CONFIG = Path(__file__).parents[2] / "asterisk-config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def _accounts(*agents: str, disabled: str = "") -> list[Account]:
    return [
        Account(AgentId(agent), agent, Role.AGENT, 1, 2 if agent == disabled else None) for agent in agents
    ]


def _add(file: Path, text: str) -> int:
    """Add a line to the end of a file and return its number."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{text}\n")
    return file.read_text(encoding="utf-8").count("\n")


def _said(findings: Findings, folder: Path) -> tuple[list[str], list[str]]:
    problems, warnings = (
        [str(each).removeprefix(f"{folder}/") for each in found]
        for found in (findings.problems, findings.warnings)
    )
    return problems, warnings


def test_overflow_leads_to_a_section_that_there_is(folder: Path) -> None:
    line = _add(folder / "acd.conf", "overflow => 300,goto,line-snet")
    problems, _ = _said(check(folder), folder)
    (found,) = problems
    assert found.startswith(f"acd.conf:{line}: expected a section of ivr.conf (welcome, ")
    assert found.endswith("found 'line-snet'")
    with pytest.raises(SettingsError, match=f"acd.conf:{line}: expected a section of ivr.conf"):
        read_config(folder)


def test_a_section_that_only_overflow_leads_to_is_reached(folder: Path) -> None:
    _add(
        folder / "ivr.conf",
        "[sorry]\ntype = message\nprompt[ja] => すみません。\nprompt[en] => Sorry.\nthen => hangup",
    )
    assert any("leads to [sorry]" in each for each in _said(check(folder), folder)[1])
    _add(folder / "acd.conf", "overflow => 300,goto,sorry")
    assert _said(check(folder, _accounts("sato", "tanaka")), folder) == ([], [])
    routing, flow = read_config(folder)
    assert "sorry" in flow.sections
    assert routing.queues


def test_a_circle_from_where_overflow_leads_is_noticed(folder: Path) -> None:
    _add(
        folder / "ivr.conf",
        "[round]\ntype = message\nprompt[ja] => 再び。\nprompt[en] => Again.\nthen => say,round",
    )
    problems, _ = _said(check(folder), folder)
    assert any("comes back to [round] for ever" in each for each in problems)


def test_agents_without_an_account_are_named_with_those_who_have_one(folder: Path) -> None:
    skill = _add(folder / "acd.conf", "[general](+)\nskill => suzuki,billing,3")
    problems, warnings = _said(check(folder, _accounts("abe", "sato", "tanaka")), folder)
    (found,) = problems
    assert found == (
        f"acd.conf:{skill}: expected an agent with an account (abe, sato, tanaka), found 'suzuki';"
        " `toritsugi agent add suzuki` makes one"
    )
    assert warnings == []


def test_many_accounts_are_not_all_listed(folder: Path) -> None:
    problems, _ = _said(
        check(folder, _accounts("tanaka", *(f"a{number:02}" for number in range(30)))), folder
    )
    (found,) = problems
    assert "(a00, a01, " in found
    assert "a19 and 11 more), found 'sato'" in found


def test_a_disabled_account_is_a_warning_at_each_of_its_lines(folder: Path) -> None:
    problems, warnings = _said(check(folder, _accounts("sato", "tanaka", disabled="tanaka")), folder)
    assert problems == []
    assert len(warnings) == 2
    assert all(each.endswith("the account of tanaka is disabled") for each in warnings)


@pytest.mark.parametrize(
    ("accounts", "why"), [(None, "the database cannot be read"), ([], "there are none yet")]
)
def test_without_accounts_there_is_one_warning(
    folder: Path, accounts: list[Account] | None, why: str
) -> None:
    problems, warnings = _said(check(folder, accounts), folder)
    assert problems == []
    assert [each.partition(": ")[2] for each in warnings] == [
        f"agents are not compared with the accounts: {why}"
    ]


def test_codes_of_phones_are_checked_with_their_place(folder: Path) -> None:
    features = folder / "features.conf"
    text = (
        features.read_text(encoding="utf-8").replace("atxfer = *2", "atxfer = *0").replace("#72", "call me")
    )
    features.write_text(text, encoding="utf-8")
    line = _add(folder / "features.conf", "[parkinglot]")
    said, _ = _said(check(folder), folder)
    lines = text.splitlines()
    at = {
        name: next(i for i, each in enumerate(lines, 1) if each.startswith(name)) for name in ("dis", "park")
    }
    assert said == [
        f"features.conf:{at['park']}: expected a code of 1 to 8 of 0-9 * #, found 'call me'",
        f"features.conf:{line}: expected [general], [featuremap] or [applicationmap]",
        f"features.conf:{at['dis']}: expected a code of its own for disconnect, atxfer has '*0' too",
    ]
    with pytest.raises(SettingsError):
        read_phones(folder)


def test_numbers_of_queues_are_their_own(folder: Path) -> None:
    line = _add(folder / "acd.conf", "[support](+)\nnumber = 601\n[sales](+)\nnumber = 601")
    said, _ = _said(check(folder), folder)
    assert said == [f"acd.conf:{line}: expected a number of its own, support has it"]


def test_a_queue_s_number_is_no_agent_s_extension(folder: Path) -> None:
    line = _add(folder / "acd.conf", "[support](+)\nnumber = 601")
    sato = Account(AgentId("sato"), "sato", Role.AGENT, 1, extension="601")
    said, _ = _said(check(folder, [sato]), folder)
    assert f"acd.conf:{line}: expected a number that is no agent's extension, sato has it" in said


def test_phones_without_a_file_have_asterisk_s_names_and_our_codes(folder: Path) -> None:
    (folder / "features.conf").unlink()
    _add(folder / "acd.conf", "[support](+)\nnumber = 601")
    phones = read_phones(folder)
    assert phones.codes.codes == DEFAULT_CODES
    assert phones.queue_numbers == {"601": "support"}


def test_shipped_codes_are_the_defaults() -> None:
    assert read_phones(CONFIG).codes == FeatureCodes()


def test_faults_in_the_intents_are_found_too(folder: Path) -> None:
    line = _add(folder / "intents.conf", "phrase[ja] => {a|b")
    (found,) = _said(check(folder), folder)[0]
    assert found.startswith(f"intents.conf:{line}: expected every {{ closed by a }}")


def test_triage_and_answers_are_checked_with_the_rest(folder: Path) -> None:
    (folder / "triage.conf").write_text("[a]\nqueue => nobody\noffer => line\n")
    (folder / "faq.conf").write_text("[a]\nask[ja] => x\n")
    found = [(Path(each.file).name, each.line) for each in check(folder).problems]
    assert found == [("triage.conf", 2), ("faq.conf", 1)]
    with pytest.raises(SettingsError):
        read_config(folder)
    with pytest.raises(SettingsError):
        read_knowledge(folder)


def test_a_menu_takes_the_questions_of_faq_conf(folder: Path) -> None:
    answer = "[answer]\ntype = faq\nthen => hangup\non_failure => hangup"
    line = _add(folder / "ivr.conf", f"[main](+)\nfaq => hook,answer\n{answer}")
    (found,) = _said(check(folder), folder)[0]
    assert found == f"ivr.conf:{line - 4}: expected ask[ja] => and say[ja] => in faq.conf"
    (folder / "faq.conf").write_text("[a]\nask[en] => x\nsay[en] => y\n")
    assert check(folder).problems == ()
    (choices,) = read_config(folder)[1].choices()
    assert choices == Choices("en", {question_of("a"): ("x",)})


def test_a_variable_that_a_hook_needs_and_has_not_is_a_warning(folder: Path) -> None:
    hook = "[ask]\ntype = web\nurl = https://a.example/\nthen => hangup\non_failure => hangup"
    line = _add(folder / "ivr.conf", f"{hook}\nheader => X-Key,a {{env:TORITSUGI_HOOK_KEY}}")
    said = [each for each in _said(check(folder, environment={}), folder)[1] if "HOOK" in each]
    assert said == [
        f"ivr.conf:{line}: expected TORITSUGI_HOOK_KEY in the hub's environment, it is not set here"
    ]
    for environment in ({"TORITSUGI_HOOK_KEY": "x"}, None):
        assert not any("HOOK" in each for each in _said(check(folder, environment=environment), folder)[1])
