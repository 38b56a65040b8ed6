"""What an administrator sets of LINE."""

from pathlib import Path

import pytest

from gateways.account import Surroundings
from gateways.line.account import LineAccount
from gateways.registry import build_paces
from hub.errors import SettingsInvalid
from hub.settings import load_settings
from tests.line.support import LinkedFiles

AROUND = Surroundings(
    files=LinkedFiles(),
    public_url="http://127.0.0.1:1",
    config_dir=Path(),
    secret=b"0123456789" * 4,
    signed=lambda sign: None,
)


@pytest.fixture(autouse=True)
def _an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORITSUGI_LINE_CHANNEL_SECRET", "SECRET")
    monkeypatch.setenv("TORITSUGI_LINE_CHANNEL_ACCESS_TOKEN", "TOKEN")


async def test_files_lie_at_lines_own_place_or_beside_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: list[tuple[dict[str, str], str, str]] = [
        ({}, "https://api.line.me", "https://api-data.line.me"),
        ({"API": "http://127.0.0.1:1/"}, "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ({"API": "http://a.test", "DATA": "http://b.test"}, "http://a.test", "http://b.test"),
    ]
    for given, api_url, data_url in settings:
        for name, value in given.items():
            monkeypatch.setenv(f"TORITSUGI_LINE_{name}_BASE", value)
        gateway = load_settings(LineAccount).build(AROUND)
        assert (gateway._api.url, gateway._api.data_url) == (api_url, data_url)
        assert "TOKEN" not in repr(gateway._api)
        await gateway.close()


@pytest.mark.parametrize("percent", ["0", "101", "much"])
def test_a_warning_is_given_at_a_percentage(monkeypatch: pytest.MonkeyPatch, percent: str) -> None:
    monkeypatch.setenv("TORITSUGI_LINE_QUOTA_WARNING", percent)
    with pytest.raises(SettingsInvalid, match="percentage"):
        load_settings(LineAccount)


def test_line_is_asked_no_faster_than_it_allows() -> None:
    (pace,) = build_paces([load_settings(LineAccount)]).values()
    passed = sum(pace.wait_s(now_ms / 1000) == 0 for now_ms in range(1000) for _ in range(5))
    assert passed <= 2000
