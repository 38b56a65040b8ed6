"""All services of one machine, put together from one environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hub.services.agents_conf import FILE_NAME
from hub.services.asterisk import AsteriskService, AsteriskSettings, asterisk_daemon
from hub.services.asterisk_install import find_asterisk
from hub.services.daemon import Daemon
from hub.services.environment import load_environment
from hub.services.hub import HubService, hub_daemon
from hub.services.ports import LOOPBACK, LocalPorts
from hub.services.redis import RedisService, redis_daemon

_REDIS, _ASTERISK, _HUB = "redis", "pbx", "hub"
"""State folders in the home folder."""


class Service(Protocol):
    """A program in the background. `start` may be called twice and says whether it did it."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> dict[str, str]: ...
    @property
    def daemon(self) -> Daemon: ...
    def start(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Installation:
    """A home folder and the services whose state lies in it, in the order in which they start."""

    home: Path
    environment: Mapping[str, str]
    services: tuple[Service, ...]


def daemons(home: Path) -> tuple[Daemon, ...]:
    """Return the processes that `up` may have started, in that order, whatever the settings are now."""
    return redis_daemon(home / _REDIS), asterisk_daemon(home / _ASTERISK), hub_daemon(home / _HUB)


def installation(home: Path, given: Mapping[str, str]) -> Installation:
    """Put the services of `home` together.

    A Redis or an Asterisk at an address that is not of this installation is somebody else's to run.
    """
    environment = load_environment(home, given)
    ports = LocalPorts.configured(environment)
    services: list[Service] = []
    redis = RedisService(home / _REDIS, ports.redis)
    if environment["TORITSUGI_REDIS_URL"] == redis.url:
        services.append(redis)
    if environment["TORITSUGI_ARI_URL"] == f"http://{LOOPBACK}:{ports.ari}/ari":
        services.append(asterisk_service(home, environment))
    services.append(HubService(home / _HUB, environment))
    return Installation(home, environment, tuple(services))


def asterisk_service(home: Path, environment: Mapping[str, str]) -> AsteriskService:
    """Return the Asterisk of `home` with the settings of its environment."""
    data = Path(environment["TORITSUGI_DATA_DIR"])
    settings = AsteriskSettings(
        node=environment["TORITSUGI_NODE"],
        ari_app=environment["TORITSUGI_ARI_APP"],
        ari_user=environment["TORITSUGI_ARI_USER"],
        ari_password=environment["TORITSUGI_ARI_PASSWORD"],
        ami_user=environment["TORITSUGI_AMI_USER"],
        ami_password=environment["TORITSUGI_AMI_PASSWORD"],
        agents_file=data / FILE_NAME,
        trunks_file=home / "pjsip_trunks.conf",
        ports=LocalPorts.configured(environment),
        sip_bind=environment["TORITSUGI_BIND"],
        trunk_match=environment["TORITSUGI_TRUNK_MATCH"],
        trunk_peer=environment["TORITSUGI_TRUNK_PEER"],
    )
    install = find_asterisk(environment, home / "asterisk")
    return AsteriskService(install, Path(environment["TORITSUGI_CONFIG_DIR"]), home / _ASTERISK, settings)
