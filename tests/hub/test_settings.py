"""Settings from the environment, and what an administrator is told about wrong ones."""

from pathlib import Path

import pytest

from hub.errors import SettingsInvalid
from hub.settings import BaseHubSettings, Settings, load_settings

NEEDED = {"ARI_PASSWORD": "one", "AMI_PASSWORD": "two", "SECRET_KEY": "k" * 32}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("TORITSUGI_")]:
        monkeypatch.delenv(name)


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in (NEEDED | values).items():
        monkeypatch.setenv(f"TORITSUGI_{name}", value)


def test_little_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, DATA_DIR="/var/lib/toritsugi", HTTP_PORT="9000", LINE_ADD_FRIEND_URL="")
    settings = load_settings(Settings)
    assert settings.database_url == "sqlite+aiosqlite:////var/lib/toritsugi/toritsugi.db"
    assert settings.public_url == "http://127.0.0.1:9000"
    assert (settings.config_dir / "queues.conf").is_file()
    assert settings.ari_password.get_secret_value() == "one"
    assert settings.line_add_friend_url is None, "empty is not set"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HTTP_PORT", "99999", "TORITSUGI_HTTP_PORT: expected a port number from 1 to 65535"),
        ("AMI_PORT", "many", "TORITSUGI_AMI_PORT: expected a port number from 1 to 65535"),
        ("REDIS_URL", "localhost", "TORITSUGI_REDIS_URL: expected redis://HOST:PORT/NUMBER"),
        ("PUBLIC_URL", "hub.example.jp", "TORITSUGI_PUBLIC_URL: expected the http or https address"),
        (
            "DATABASE_URL",
            "mysql://u:hunter2@h/d",
            "TORITSUGI_DATABASE_URL: expected sqlite+aiosqlite:///PATH",
        ),
        ("DATABASE_URL", "hunter2", "TORITSUGI_DATABASE_URL: expected sqlite+aiosqlite:///PATH"),
        ("SECRET_KEY", "hunter2", "TORITSUGI_SECRET_KEY: expected at least 32 random characters"),
        ("LOG_LEVEL", "loud", "TORITSUGI_LOG_LEVEL: expected debug, info, warning or error"),
        ("REGION", "Japan", "TORITSUGI_REGION: expected two capital letters"),
    ],
)
def test_wrong_one_is_named_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    _set(monkeypatch, **{name: value})
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(Settings)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith(told)
    assert "hunter2" not in str(raised.value)


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(Settings)
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "TORITSUGI_ARI_PASSWORD",
        "TORITSUGI_AMI_PASSWORD",
        "TORITSUGI_SECRET_KEY",
    ]
    assert all("is missing" in problem for problem in raised.value.problems)


def test_commands_that_need_no_asterisk_ask_for_none_of_its_passwords(tmp_path: Path) -> None:
    assert load_settings(BaseHubSettings).log_personal is False


def test_settings_can_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+asyncpg://u:hunter2@h/d"
    _set(monkeypatch, SECRET_KEY="hunter2" * 5, DATABASE_URL=url, REDIS_URL="redis://:hunter2@h")
    settings = load_settings(Settings)
    assert settings.database_url == url
    assert "hunter2" not in repr(settings)


def test_every_setting_can_say_what_is_expected() -> None:
    assert all(field.description for field in Settings.model_fields.values())
