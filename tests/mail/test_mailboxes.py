"""`mail.conf` says what is wrong in it, and where."""

from pathlib import Path

import pytest

from gateways.account import Surroundings
from gateways.errors import AccountsWrong
from gateways.mail.account import MailAccount
from gateways.mail.mailboxes import Tls, examine_mail
from hub.configuration import check
from hub.settings import load_settings
from tests.fakes.files import NoFiles

WHOLE = """
[common](!)
imap => imap.example.jp
smtp => smtp.example.jp:465
smtp_tls => implicit
[support](common)
address => Support@example.jp
also => info@example.jp
user => support
since => 2026-12-01
charset => iso-2022-jp
signature => サポート窓口
signature => {case}
size_max => 60
[sales](common)
address => sales@example.jp
imap_tls => starttls
smtp_user => none
"""
PASSWORDS = {"TORITSUGI_MAIL_PASSWORD_SUPPORT": "secret", "TORITSUGI_MAIL_PASSWORD_SALES": "secret2"}


def written(folder: Path, text: str) -> Path:
    (folder / "mail.conf").write_text(text)
    return folder


def test_mailboxes_are_read(tmp_path: Path) -> None:
    (support, sales), problems = examine_mail(written(tmp_path, WHOLE), PASSWORDS)
    assert problems == ()
    assert (support.address, support.user, support.password) == ("support@example.jp", "support", "secret")
    assert (support.imap.port, support.imap.tls) == (993, Tls.IMPLICIT)
    assert support.smtp is not None
    assert (support.smtp.port, support.smtp.tls) == (465, Tls.IMPLICIT)
    assert support.signature == "サポート窓口\n{case}"
    assert support.size_max == 60 * 1024 * 1024
    assert (sales.imap.port, sales.user, sales.smtp_user) == (143, "sales@example.jp", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("addres => x@y.test", "expected address, name"),
        ("address => nobody", "expected address => NAME@DOMAIN"),
        ("also => support@example.jp\nalso => info", "expected address => NAME@DOMAIN"),
        ("imap => a b", "expected imap => HOST or HOST:PORT"),
        ("imap_tls => none", "for this machine only"),
        ("smtp_tls => yes", "expected smtp_tls => implicit or starttls or none"),
        ("since => tomorrow", "expected since => YYYY-MM-DD"),
        ("size_max => 5000", "expected size_max => MiB from 1 to 200"),
        ("ca => /no/such/file", "there is no /no/such/file"),
        ("password => hunter2", "expected address, name"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, line: str, expected: str) -> None:
    config = written(tmp_path, f"{WHOLE}\n[third](common)\naddress => third@example.jp\n{line}\n")
    _, problems = examine_mail(config)
    assert len(problems) >= 1
    assert expected in problems[0].message
    assert problems[0].line >= 20
    assert "hunter2" not in str(problems)


def test_two_mailboxes_of_one_address_are_refused(tmp_path: Path) -> None:
    _, problems = examine_mail(written(tmp_path, WHOLE.replace("sales@", "info@")))
    assert [str(problem).partition(": ")[2] for problem in problems] == [
        "expected an address of its own, [support] has info@example.jp"
    ]


async def test_a_channel_without_mailboxes_is_none_and_a_missing_password_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = Surroundings(
        files=NoFiles(),
        public_url="http://127.0.0.1:1",
        config_dir=tmp_path,
        secret=b"0123456789" * 4,
        signed=lambda sign: None,
    )
    assert load_settings(MailAccount).build(around) is None
    written(tmp_path, WHOLE)
    with pytest.raises(AccountsWrong, match="TORITSUGI_MAIL_PASSWORD_SUPPORT"):
        load_settings(MailAccount).build(around)
    for name, value in (PASSWORDS | {"TORITSUGI_DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    gateway = load_settings(MailAccount).build(around)
    assert gateway is not None
    assert [service.name for service in gateway.services(_store)] == ["mail:support", "mail:sales"]
    assert all(service.is_single for service in gateway.services(_store))


async def _store(events: object) -> int:
    return 0


def test_the_configuration_check_reads_it(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "asterisk-config"
    for path in shipped.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert not [each for each in check(tmp_path).problems if each.file.endswith("mail.conf")]
    written(tmp_path, "[support]\n")
    assert [each for each in check(tmp_path).problems if each.file.endswith("mail.conf")]
