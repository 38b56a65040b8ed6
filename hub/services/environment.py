"""The settings of one installation: what was generated once, what follows from it, what a person set."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from hub.services.errors import ServiceError
from hub.services.ports import LOOPBACK, LocalPorts
from hub.services.render import write_private

ROOT = Path(__file__).parents[2]
"""The repository, or the folder that the packages are installed in."""

_PREFIX = "TORITSUGI_"
_GENERATED = ("SECRET_KEY", "ARI_PASSWORD", "AMI_PASSWORD", "RECORDING_KEY")
_HEADER = "# Made once by ./run up. Environment variables of the same name win over this file.\n"
_PROVIDERS = """
# LINE and SMS: the simulator that `./run providers` starts. For the real LINE take out
# TORITSUGI_LINE_API_BASE and put in the secret and the access token of your channel.
TORITSUGI_LINE_API_BASE=http://{simulator}
TORITSUGI_LINE_CHANNEL_SECRET={line_secret}
TORITSUGI_LINE_CHANNEL_ACCESS_TOKEN={line_token}
TORITSUGI_LINE_ADD_FRIEND_URL=http://{simulator}/add-friend
TORITSUGI_SMS_PROVIDER_URL=http://{simulator}/sms/messages
TORITSUGI_SMS_PROVIDER_TOKEN={sms_token}
TORITSUGI_SMS_FROM=+815012345678
"""


def load_environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of this installation's programs.

    A variable of `given` (the process' environment) wins over `secrets.env` of `home`, which wins over
    what follows from the ports. The file is made if it is missing.
    """
    needed = [name for name in _GENERATED if _PREFIX + name not in given]
    settings = {**_kept(home / "secrets.env", needed, given), **given}
    ports = LocalPorts.configured(settings)
    bind = settings.get("TORITSUGI_BIND", LOOPBACK)
    reached_at = socket.gethostname() if bind == "0.0.0.0" else bind
    derived = {
        "HOME": str(home),
        "DATA_DIR": str(home / "data"),
        "CONFIG_DIR": str(ROOT / "asterisk-config"),
        "HTTP_HOST": bind,
        "HTTP_PORT": str(ports.http),
        "PUBLIC_URL": f"http://{reached_at}:{ports.http}",
        "REDIS_URL": f"redis://{LOOPBACK}:{ports.redis}/0",
        "ARI_URL": f"http://{LOOPBACK}:{ports.ari}/ari",
        "ARI_USER": "hub",
        "ARI_APP": "toritsugi",
        "TRUNK_MATCH": "127.0.0.2",
        "TRUNK_PEER": "127.0.0.2:5060",
        "BIND": bind,
        "MEDIA_ADDRESS": "" if bind == "0.0.0.0" else bind,
        "AMI_HOST": LOOPBACK,
        "AMI_PORT": str(ports.ami),
        "AMI_USER": "hub",
        "NODE": "local",
        "RECORDING_DIR": str(home / "pbx" / "spool" / "recording"),
    }
    return {**{_PREFIX + name: value for name, value in derived.items()}, **settings}


def _kept(path: Path, needed: list[str], given: Mapping[str, str]) -> dict[str, str]:
    """Read the file of secrets; make it, or what is needed and missing in it, first."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = _parsed(path, text)
    missing = [name for name in needed if _PREFIX + name not in kept]
    if not missing:
        return kept
    made = "".join(f"{_PREFIX}{name}={secrets.token_urlsafe(32)}\n" for name in missing)
    text = f"{text}{made}" if text else f"{_HEADER}{made}{_providers(LocalPorts.configured(given))}"
    write_private(path, text)
    return _parsed(path, text)


def _providers(ports: LocalPorts) -> str:
    return _PROVIDERS.format(
        simulator=f"{LOOPBACK}:{ports.simulator}",
        line_secret=secrets.token_hex(16),
        line_token=secrets.token_urlsafe(32),
        sms_token=secrets.token_urlsafe(32),
    )


def _parsed(path: Path, text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().startswith(_PREFIX):
            raise ServiceError(f"{path}:{number}: expected {_PREFIX}NAME=value")
        values[name.strip()] = value.strip()
    return values
