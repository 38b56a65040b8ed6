"""Which channels there are."""

from pathlib import Path

import pytest

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.line.account import LineAccount
from gateways.registry import ACCOUNTS, build_gateways
from gateways.sms.account import SmsAccount
from hub.errors import SettingsInvalid
from hub.settings import load_settings
from tests.fakes.files import NoFiles

AROUND = Surroundings(
    files=NoFiles(),
    public_url="http://127.0.0.1:1",
    config_dir=Path(),
    secret=b"0123456789" * 4,
    signed=lambda sign: None,
)


def _set_up_line_and_sms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORITSUGI_LINE_CHANNEL_SECRET", "SECRET")
    monkeypatch.setenv("TORITSUGI_LINE_CHANNEL_ACCESS_TOKEN", "TOKEN")
    monkeypatch.setenv("TORITSUGI_SMS_PROVIDER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("TORITSUGI_SMS_PROVIDER_TOKEN", "TOKEN")


async def test_only_what_is_set_up_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_gateways([load_settings(kind) for kind in ACCOUNTS], AROUND) == {}
    _set_up_line_and_sms(monkeypatch)
    gateways = build_gateways([load_settings(kind) for kind in ACCOUNTS], AROUND)
    assert set(gateways) == {Channel.LINE, Channel.SMS}
    for channel, gateway in gateways.items():
        assert gateway.channel is channel
        await gateway.close()


def test_accounts_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    _set_up_line_and_sms(monkeypatch)
    shown = f"{load_settings(LineAccount)} {load_settings(SmsAccount)}"
    assert "SECRET" not in shown
    assert "TOKEN" not in shown


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (LineAccount, "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"),
        (SmsAccount, "SMS_PROVIDER_TOKEN", "SMS_PROVIDER_URL"),
    ],
)
def test_half_an_account_is_refused(
    monkeypatch: pytest.MonkeyPatch, kind: type[Account], one: str, other: str
) -> None:
    monkeypatch.setenv(f"TORITSUGI_{one}", "hunter2")
    with pytest.raises(SettingsInvalid, match="expected both or neither") as refused:
        load_settings(kind)
    assert other in str(refused.value)
    assert "hunter2" not in str(refused.value)
