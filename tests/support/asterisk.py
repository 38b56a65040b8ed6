"""A real Asterisk for tests, with two agents who can register without a hub."""

import asyncio
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from hub.services.agents_conf import FILE_NAME, SipAgent, render_agents, sip_digest
from hub.services.asterisk import AsteriskService, AsteriskSettings
from hub.services.asterisk_install import find_asterisk
from hub.services.render import write_private
from tests.support.ports import LocalPorts

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class AsteriskNode:
    """A running Asterisk. `passwords` maps an agent's id to the SIP password of the phone."""

    service: AsteriskService
    passwords: dict[str, str] = field(default_factory=dict)
    agents: dict[str, SipAgent] = field(default_factory=dict)

    @property
    def ari_url(self) -> str:
        return self.service.addresses["ARI"]

    @property
    def ari_user(self) -> str:
        return self.service.settings.ari_user

    @property
    def ari_password(self) -> str:
        return self.service.settings.ari_password

    @property
    def ari_app(self) -> str:
        return self.service.settings.ari_app

    @property
    def ami_host(self) -> str:
        return self.service.settings.control_bind

    @property
    def ami_port(self) -> int:
        return self.service.settings.ports.ami

    @property
    def ami_user(self) -> str:
        return self.service.settings.ami_user

    @property
    def ami_password(self) -> str:
        return self.service.settings.ami_password

    @property
    def sip_host(self) -> str:
        return self.service.settings.sip_bind

    @property
    def sip_port(self) -> int:
        return self.service.settings.ports.sip

    @property
    def node(self) -> str:
        return self.service.settings.node

    @property
    def state(self) -> Path:
        return self.service.state

    async def cli(self, command: str) -> str:
        """Run a console command and return what it printed."""
        return await asyncio.to_thread(self.service.cli, command)

    async def add_agents(self, *agents: SipAgent) -> None:
        """Make further phone accounts (or change one of the same id)."""
        self.write_agents(*agents)
        await self.cli("module reload res_pjsip.so")

    def write_agents(self, *agents: SipAgent) -> None:
        self.agents.update({agent.id: agent for agent in agents})
        write_private(self.service.settings.agents_file, render_agents(self.agents.values()))

    def agent(self, agent: str, name: str, *, webrtc: bool = False, contact: str | None = None) -> SipAgent:
        """Make an account with a password of its own, to be handed to `add_agents`."""
        self.passwords[agent] = secrets.token_urlsafe(12)
        digest = sip_digest(agent, self.passwords[agent])
        return SipAgent(id=agent, name=name, digest=digest, webrtc=webrtc, contact=contact)


def unpacked_asterisk() -> Path:
    """Where set-up unpacks Asterisk if none is installed."""
    return Path(os.environ.get("TORITSUGI_HOME", ROOT / ".toritsugi")) / "asterisk"


def asterisk_node(state: Path, config: Path = ROOT / "asterisk-config") -> AsteriskNode:
    """Return an Asterisk that is configured but not started, on free ports, all its files in `state`."""
    settings = AsteriskSettings(
        node=f"test-{secrets.token_hex(3)}",
        ari_user="hub",
        ari_password=secrets.token_urlsafe(12),
        ami_user="hub",
        ami_password=secrets.token_urlsafe(12),
        agents_file=state / FILE_NAME,
        trunks_file=state / "pjsip_trunks.conf",
        ports=LocalPorts.free(),
    )
    install = find_asterisk(os.environ, unpacked_asterisk())
    node = AsteriskNode(AsteriskService(install, config, state, settings))
    node.write_agents(node.agent("sato", "佐藤"), node.agent("tanaka", "田中"))
    return node
