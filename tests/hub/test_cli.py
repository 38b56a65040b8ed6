"""The command line: output, exit codes, and ending on a signal."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from acd.ids import ContactId
from hub.cli import app
from hub.configuration import check
from hub.explained import ContactRouting
from hub.settings import Settings
from tests.hub.fakes import FakeRouting
from tests.hub.recordings.made import KEY_TEXT

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "asterisk-config"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [name for name in os.environ if name.startswith("TORITSUGI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TORITSUGI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TORITSUGI_RECORDING_KEY", KEY_TEXT)
    return CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def _run(cli: CliRunner, *arguments: str, stdin: str = "") -> Result:
    return cli.invoke(app, arguments, input=stdin)


def test_shipped_configuration_is_right(cli: CliRunner) -> None:
    result = _run(cli, "config", "check")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("OK: 2 queues, ")


def test_queues_that_cannot_be_recorded_are_named(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORITSUGI_RECORDING_KEY")
    result = _run(cli, "config", "check")
    assert result.exit_code == 0
    assert (
        "warning: support, sales: calls are not recorded: TORITSUGI_RECORDING_KEY is missing" in result.stderr
    )
    monkeypatch.setenv("TORITSUGI_RECORDING_PLAIN", "yes")
    assert "not recorded" not in _run(cli, "config", "check").stderr
    monkeypatch.setenv("TORITSUGI_RECORDING_KEY", "abc")
    result = _run(cli, "config", "check")
    assert result.exit_code == 1
    assert result.stderr == "TORITSUGI_RECORDING_KEY: expected 32 random bytes in base64\n"


def test_every_problem_is_printed_with_file_and_line(cli: CliRunner, folder: Path) -> None:
    with (folder / "queues.conf").open("a") as file:
        file.write("\n[billing]\ntimeoot = 5\n")
    (folder / "ivr.conf").write_text("[main]\n1 => nonsense\n")
    result = _run(cli, "config", "check", str(folder))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    number = (folder / "queues.conf").read_text().splitlines().index("timeoot = 5") + 1
    assert any(line.startswith(f"{folder}/queues.conf:{number}: ") for line in lines), lines
    assert any(line.startswith(f"{folder}/ivr.conf:") for line in lines), lines
    assert all(": " in line and line.split(":")[1].isdigit() for line in lines)
    assert len(lines) == len(check(folder).problems)


def test_agents_are_compared_with_the_accounts(cli: CliRunner, folder: Path) -> None:
    place = f"{folder}/queues.conf:{_line(folder / 'queues.conf', 'member => PJSIP/sato,0')}"
    fresh = _run(cli, "config", "check", str(folder))
    assert (fresh.exit_code, fresh.stderr.splitlines()) == (
        0,
        [f"{place}: warning: agents are not compared with the accounts: the database cannot be read"],
    )
    assert not list(folder.parent.glob("data/*")), "a check makes no database"
    _run(cli, "migrate")
    assert "there are none yet" in _run(cli, "config", "check", str(folder)).stderr
    _run(cli, "agent", "add", "tanaka", "--name", "田中")
    known = _run(cli, "config", "check", str(folder))
    assert known.exit_code == 1
    assert known.stdout.startswith(
        f"{place}: expected an agent with an account (tanaka), found 'sato'; `toritsugi agent add sato`"
    )
    _run(cli, "agent", "add", "sato", "--name", "佐藤")
    assert _run(cli, "config", "check", str(folder)).exit_code == 0


def _line(file: Path, text: str) -> int:
    return file.read_text(encoding="utf-8").splitlines().index(text) + 1


def test_missing_folder_is_a_problem_like_any_other(cli: CliRunner, tmp_path: Path) -> None:
    result = _run(cli, "config", "check", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "cannot be read" in result.stdout


def test_agent_is_added_listed_and_disabled(cli: CliRunner) -> None:
    assert _run(cli, "migrate").exit_code == 0
    added = _run(cli, "agent", "add", "sato", "--name", "佐藤")
    assert added.exit_code == 0, added.output
    values = dict(line.split(": ") for line in added.stdout.splitlines())
    assert set(values) == {"id", "password", "sip_password"}
    assert _run(cli, "agent", "list").stdout == "sato\tagent\tactive\t佐藤\t-\t-\n"
    again = _run(cli, "agent", "add", "sato", "--name", "Other")
    assert (again.exit_code, again.stderr) == (1, "there is an account sato already\n")
    assert _run(cli, "agent", "disable", "sato").exit_code == 0
    assert _run(cli, "agent", "list").stdout == "sato\tagent\tdisabled\t佐藤\t-\t-\n"
    assert _run(cli, "agent", "disable", "nobody").exit_code == 1


def test_agent_is_dialled_by_an_extension_of_his_own(cli: CliRunner) -> None:
    assert _run(cli, "migrate").exit_code == 0
    assert _run(cli, "agent", "add", "sato", "--name", "佐藤", "--extension", "201").exit_code == 0
    assert _run(cli, "agent", "add", "tanaka", "--name", "田中").exit_code == 0
    taken = _run(cli, "agent", "extension", "tanaka", "201")
    assert taken.exit_code == 1
    assert "sato has 201" in taken.output
    assert _run(cli, "agent", "extension", "tanaka", "0312").exit_code == 1
    assert _run(cli, "agent", "extension", "tanaka", "202").exit_code == 0
    assert _run(cli, "agent", "extension", "sato").exit_code == 0
    listed = _run(cli, "agent", "list").stdout
    assert listed == "sato\tagent\tactive\t佐藤\t-\t-\ntanaka\tagent\tactive\t田中\t202\t-\n"


def test_phone_speaks_to_an_agent_in_his_language(cli: CliRunner) -> None:
    assert _run(cli, "migrate").exit_code == 0
    assert _run(cli, "agent", "add", "sato", "--name", "佐藤", "--language", "en").exit_code == 0
    assert _run(cli, "agent", "list").stdout == "sato\tagent\tactive\t佐藤\t-\ten\n"
    assert _run(cli, "agent", "language", "sato", "de").exit_code == 1
    assert _run(cli, "agent", "language", "nobody", "ja").exit_code == 1
    assert _run(cli, "agent", "language", "sato").exit_code == 0
    assert _run(cli, "agent", "list").stdout == "sato\tagent\tactive\t佐藤\t-\t-\n"


def test_password_may_come_from_standard_input(cli: CliRunner) -> None:
    _run(cli, "migrate")
    command = ("agent", "add", "abe", "--name", "Abe", "--role", "admin", "--password-stdin")
    assert _run(cli, *command, stdin="short\n").exit_code == 1
    added = _run(cli, *command, stdin="long-enough-password\n")
    assert added.exit_code == 0
    assert "long-enough-password" not in added.output


def test_wrong_setting_ends_with_its_name(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORITSUGI_DATABASE_URL", "oracle://x")
    result = _run(cli, "migrate")
    assert result.exit_code == 1
    assert result.stderr.startswith("TORITSUGI_DATABASE_URL: expected ")


def test_serve_does_not_start_on_wrong_files(
    cli: CliRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_secrets(monkeypatch)
    monkeypatch.setenv("TORITSUGI_CONFIG_DIR", str(folder))
    (folder / "ivr.conf").write_text("[main]\n1 => nonsense\n")
    result = _run(cli, "serve")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{folder}/ivr.conf:")


def _with_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARI_PASSWORD", "AMI_PASSWORD", "SECRET_KEY"):
        monkeypatch.setenv(f"TORITSUGI_{name}", "x" * 32)


def test_explain_says_in_plain_words_what_happened(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    async def explain(_: Settings, contact: ContactId) -> ContactRouting | None:
        return await FakeRouting().explain(contact)

    _with_secrets(monkeypatch)
    monkeypatch.setattr("hub.app.explain", explain)
    waits = _run(cli, "explain", "k1", "--lang", "en").stdout
    assert "k1  voice  support  waits" in waits
    assert "sato\tno_capacity\thas no room for it beside the other contacts" in waits
    assert "position: 2" in waits
    assert "ahead: k3 4" in waits
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    ended = _run(cli, "explain", "k0").stdout
    assert "k0  voice  support  終了している" in ended
    assert "終了した（待っている間に切れた）" in ended
    unknown = _run(cli, "explain", "k9")
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no contact k9.\n")


def test_members_are_added_listed_and_removed(cli: CliRunner) -> None:
    _run(cli, "migrate")
    _run(cli, "agent", "add", "sato", "--name", "佐藤")
    assert _run(cli, "queue", "add-member", "sales", "sato", "--penalty", "2").exit_code == 0
    listed = _run(cli, "queue", "members", "sales").stdout
    assert listed == "sales\ttanaka\t0\tqueues.conf\nsales\tsato\t2\tadded\n"
    everywhere = _run(cli, "queue", "members").stdout
    assert everywhere.startswith("support\tsato\t0\tqueues.conf\n")
    of_files = _run(cli, "queue", "remove-member", "sales", "tanaka")
    assert of_files.exit_code == 1
    assert "queues.conf: change it there" in of_files.stderr
    assert _run(cli, "queue", "remove-member", "sales", "sato").exit_code == 0
    for wrong in (("sales", "nobody"), ("nowhere", "sato")):
        assert _run(cli, "queue", "add-member", *wrong).exit_code == 1
    log = [line.split("\t") for line in _run(cli, "audit", "--deed", "change_queues").stdout.splitlines()]
    assert [line[3:] for line in log] == [
        ["sato", '{"queue": "sales", "removed": true}'],
        ["sato", '{"queue": "sales", "penalty": 2}'],
    ]
    assert all(line[1].startswith("console:") for line in log)
    assert _run(cli, "audit", "--actor", "nobody").stdout == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_lets_it_clean_up(number: signal.Signals) -> None:
    program = (
        "import asyncio\n"
        "from hub.cli.running import run_until_signalled\n"
        "async def main():\n"
        "    print('up', flush=True)\n"
        "    try:\n"
        "        await asyncio.Event().wait()\n"
        "    finally:\n"
        "        await asyncio.sleep(0)\n"
        "        print('cleaned up', flush=True)\n"
        "run_until_signalled(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"up\n"
        process.send_signal(number)
        assert await process.stdout.read() == b"cleaned up\n"
        assert await process.wait() == 0


def test_a_command_loads_only_what_it_needs() -> None:
    program = "import hub.cli.main, hub.cli.serving, sys; print(*sys.modules)"
    loaded = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert not {"hub.app", "hub.cli.agents", "numpy", "botocore"} & {*loaded.stdout.split()}
