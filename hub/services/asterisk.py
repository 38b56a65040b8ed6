"""Asterisk as a service: found, given its rendered configuration, started, asked, stopped."""

import base64
import http.client
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gateways.fax.conf import examine_fax
from hub.services.addresses import ice_host_candidates
from hub.services.asterisk_install import AsteriskInstall
from hub.services.blocked_conf import BLOCKED_FILE
from hub.services.daemon import Daemon
from hub.services.errors import ServiceError
from hub.services.fax_conf import FILE_NAME as FAX_FILE
from hub.services.fax_conf import render_fax
from hub.services.music import write_music
from hub.services.outside_conf import FILE_NAME as OUTSIDE_FILE
from hub.services.outside_conf import render_outside
from hub.services.ports import LOOPBACK, LocalPorts, demand_free
from hub.services.render import render, write_private
from hub.trunks_conf import examine_trunks

HUB_FILES = frozenset(
    {
        "acd.conf",
        "bot.conf",
        "faq.conf",
        "fax.conf",
        "forms.conf",
        "intents.conf",
        "ivr.conf",
        "mail.conf",
        "templates.conf",
        "triage.conf",
        "trunks.conf",
        "webrtc.conf",
    }
)
"""Files of the configuration folder that only the hub reads."""

_OPTIONAL_FILES = (
    "ccss.conf",
    "chan_websocket.conf",
    "features.conf",
    "pjproject.conf",
    "queuerules.conf",
    "udptl.conf",
    "websocket_client.conf",
)
"""Asterisk calls it an error if one of these is missing, and nothing if it is empty."""

_FOLDERS = (
    *("lib/agi-bin", "lib/keys", "run", "log", "cache"),
    *("spool/recording", "spool/monitor", "spool/fax/in", "spool/fax/out"),
)
_WILDCARDS = ("0.0.0.0", "::")
_START_S = 20.0
_CLI_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """What differs from one Asterisk to the next.

    `sip_bind` is where phones and trunks reach it, `control_bind` where the hub does (ARI, AMI, SIP over
    WebSocket), `control_permit` who may (address/mask). `trunk_match` and `trunk_peer` are where the
    carrier calls from and is called at. `agents_file` and `trunks_file` are included if they exist.
    """

    node: str
    ari_user: str
    ari_password: str
    ami_user: str
    ami_password: str
    agents_file: Path
    trunks_file: Path
    ports: LocalPorts
    ari_app: str = "toritsugi"
    sip_bind: str = LOOPBACK
    control_bind: str = LOOPBACK
    control_permit: str = "127.0.0.1/255.255.255.255"
    trunk_match: str = "127.0.0.2"
    trunk_peer: str = "127.0.0.2:5060"

    @property
    def blocked_file(self) -> Path:
        """Whom the hub blocks: beside the agents' file, in the hub's data folder."""
        return self.agents_file.with_name(BLOCKED_FILE)

    def placeholders(self, state: Path, install: AsteriskInstall) -> dict[str, str]:
        """Return the value of each `@NAME@` in the configuration files."""
        return {
            "STATE": str(state),
            "PROGRAM_DIRECTORIES": "\n".join(install.directories()),
            "MUSIC_DIRECTORY": str(state / "lib" / "moh"),
            "NODE": self.node,
            "AGENTS_FILE": str(self.agents_file),
            "TRUNKS_FILE": str(self.trunks_file),
            "BLOCKED_FILE": str(self.blocked_file),
            "TRUNK_MATCH": self.trunk_match,
            "TRUNK_PEER": self.trunk_peer,
            "SIP_BIND": self.sip_bind,
            "MEDIA_ADDRESS": "" if self.sip_bind in _WILDCARDS else self.sip_bind,
            "ICE_HOST_CANDIDATES": "" if self.sip_bind in _WILDCARDS else ice_host_candidates(self.sip_bind),
            "SIP_PORT": str(self.ports.sip),
            "RTP_FIRST": str(self.ports.rtp_first),
            "RTP_LAST": str(self.ports.rtp_last),
            "CONTROL_BIND": self.control_bind,
            "CONTROL_PERMIT": self.control_permit,
            "ARI_APP": self.ari_app,
            "ARI_PORT": str(self.ports.ari),
            "ARI_USER": self.ari_user,
            "ARI_PASSWORD": self.ari_password,
            "AMI_PORT": str(self.ports.ami),
            "AMI_USER": self.ami_user,
            "AMI_PASSWORD": self.ami_password,
        }


def asterisk_daemon(state: Path) -> Daemon:
    """Return the process of the Asterisk whose state folder this is."""
    return Daemon("asterisk", state / "asterisk.pid", state / "log" / "output.log")


@dataclass(frozen=True, slots=True)
class AsteriskService:
    """One Asterisk; all that it writes lies under `state`."""

    install: AsteriskInstall
    config: Path
    state: Path
    settings: AsteriskSettings
    name: str = "asterisk"

    @property
    def daemon(self) -> Daemon:
        """The process."""
        return asterisk_daemon(self.state)

    @property
    def addresses(self) -> dict[str, str]:
        """Where it listens, for a person to read."""
        ports, settings = self.settings.ports, self.settings
        return {
            "SIP": f"udp:{settings.sip_bind}:{ports.sip}",
            "ARI": f"http://{settings.control_bind}:{ports.ari}/ari",
            "AMI": f"{settings.control_bind}:{ports.ami}",
        }

    def start(self) -> bool:
        """Start it and wait until it takes calls; return whether it was not running before.

        One that runs is told to read again what changed in its configuration.
        """
        changed = self.render()
        if self.daemon.pid is not None:
            if changed:
                self.cli("core reload")
            return False
        self._demand_ports()
        daemon = self.daemon
        daemon.start(self.foreground_command(), self._environment)
        try:
            daemon.wait_ready(self._answers, _START_S)
            self.cli("core waitfullybooted")
        except ServiceError:
            daemon.stop()
            raise
        return True

    def stop(self) -> bool:
        """End it, calls and all; return whether it ran."""
        return self.daemon.stop()

    def render(self) -> list[str]:
        """Make the state folder; return the names of the configuration files that are new or changed."""
        for folder in _FOLDERS:
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        write_music(self.state / "lib" / "moh" / "waiting.wav")
        values = self.settings.placeholders(self.state, self.install)
        changed = render(self.config, self.state / "etc", values, leave_out=HUB_FILES)
        self.settings.blocked_file.parent.mkdir(parents=True, exist_ok=True)
        self.settings.blocked_file.touch(mode=0o600)  # one that is missing at the start is never read again
        trunks, _ = examine_trunks(self.config)  # what is wrong in it, the hub says
        if write_private(self.state / "etc" / OUTSIDE_FILE, render_outside(trunks)):
            changed.append(OUTSIDE_FILE)
        lines, _ = examine_fax(self.config)
        if write_private(self.state / "etc" / FAX_FILE, render_fax(lines)):
            changed.append(FAX_FILE)
        for name in _OPTIONAL_FILES:
            (self.state / "etc" / name).touch(mode=0o600)
        return changed

    def foreground_command(self) -> tuple[str, ...]:
        """Return the command line that runs it until it is stopped."""
        return self.install.command("-C", str(self._main_file), "-f")

    def console_command(self, command: str = "") -> tuple[str, ...]:
        """Return the command line that runs one console command, or opens the console."""
        return self.install.command("-C", str(self._main_file), *(("-rx", command) if command else ("-r",)))

    def cli(self, command: str) -> str:
        """Run a console command and return what it printed."""
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the command is the console's
                self.console_command(command),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_CLI_S,
                env=self._environment,
            )
        except subprocess.TimeoutExpired:
            raise ServiceError(f"asterisk did not answer the console command {command!r}") from None
        if done.returncode != 0:
            raise ServiceError(f"asterisk: {command!r} failed: {(done.stdout + done.stderr).strip()}")
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.state)}

    @property
    def _main_file(self) -> Path:
        return self.state / "etc" / "asterisk.conf"

    def _answers(self) -> bool:
        """Whether ARI answers with our own user name: then it is this Asterisk and no other."""
        settings = self.settings
        token = base64.b64encode(f"{settings.ari_user}:{settings.ari_password}".encode()).decode()
        connection = http.client.HTTPConnection(settings.control_bind, settings.ports.ari, timeout=2)
        try:
            connection.request("GET", "/ari/asterisk/ping", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _demand_ports(self) -> None:
        settings, ports = self.settings, self.settings.ports
        demand_free("SIP", ports.sip, socket.SOCK_DGRAM, "TORITSUGI_SIP_PORT", settings.sip_bind)
        demand_free("ARI", ports.ari, socket.SOCK_STREAM, "TORITSUGI_ARI_PORT", settings.control_bind)
        demand_free("AMI", ports.ami, socket.SOCK_STREAM, "TORITSUGI_AMI_PORT", settings.control_bind)
