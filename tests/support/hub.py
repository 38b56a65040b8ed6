"""A real hub for tests: the process that `toritsugi serve` is, on peers of the test's own."""

import asyncio
import base64
import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.accounts import Accounts, Role
from hub.clock import now_ms
from hub.database import create_engine, migrate
from hub.passwords import Passwords
from hub.services.hub import HubService
from hub.settings import RecordingSettings
from tests.fakes.providers import ProviderSimulator
from tests.support.asterisk import ROOT, AsteriskNode
from tests.support.ports import free_port


@dataclass(slots=True)
class RunningHub:
    """A hub and how to reach it. `passwords` maps an agent to desktop and phone password.

    `turns` says when (Unix time, ms) it began to be there, or was no more.
    """

    service: HubService
    database_url: str
    passwords: dict[str, tuple[str, str]] = field(default_factory=dict)
    turns: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.service.environment["TORITSUGI_PUBLIC_URL"]

    async def add_agent(self, agent: str, name: str, role: Role = Role.AGENT) -> None:
        """Make an account, as `toritsugi agent add` does."""
        engine = create_engine(self.database_url)
        try:
            made = await Accounts(engine, Passwords()).add(agent, name, role)
        finally:
            await engine.dispose()
        self.passwords[agent] = (made.password, made.sip_password)

    async def start(self) -> None:
        await asyncio.to_thread(self.service.start)
        self.turns.append((now_ms(), True))

    async def stop(self) -> None:
        self.turns.append((now_ms(), False))
        await asyncio.to_thread(self.service.stop)

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        pid = self.service.daemon.pid
        assert pid is not None, "the hub runs"
        if number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
            self.turns.append((now_ms(), number is signal.SIGCONT))
        os.kill(pid, number)

    def log(self) -> list[dict[str, Any]]:
        """Return what it has logged so far."""
        lines = self.service.daemon.log_file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def recordings_of(hub: RunningHub) -> RecordingSettings:
    """Return what is needed to read a hub's recordings."""
    environment = hub.service.environment
    return RecordingSettings.model_validate(
        {
            "data_dir": environment["TORITSUGI_DATA_DIR"],
            "database_url": hub.database_url,
            "recording_dir": environment["TORITSUGI_RECORDING_DIR"],
            "recording_key": environment["TORITSUGI_RECORDING_KEY"],
        }
    )


def _share_prompts(data: Path) -> None:
    """Let hubs of tests have one cache of prompts: each would spend half a minute on making the same."""
    cache = Path(os.environ.get("TORITSUGI_HOME", ROOT / ".toritsugi")) / "prompts-of-tests"
    cache.mkdir(parents=True, exist_ok=True)
    if not (data / "prompts").exists():
        (data / "prompts").symlink_to(cache, target_is_directory=True)


async def prepared_hub(
    state: Path,
    node: AsteriskNode,
    redis_url: str,
    simulator: ProviderSimulator,
    *,
    config_dir: Path = ROOT / "asterisk-config",
    database_url: str | None = None,
    **environment: str,
) -> RunningHub:
    """Return a hub that is set up but not started; the simulator's webhooks go to it.

    Its data folder is the Asterisk's, where the accounts of agents' phones are looked for.
    """
    port = free_port()
    data = node.service.settings.agents_file.parent
    _share_prompts(data)
    database_url = database_url or f"sqlite+aiosqlite:///{state / 'hub.db'}"
    settings = {
        "DATA_DIR": str(data),
        "CONFIG_DIR": str(config_dir),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "ARI_URL": node.ari_url,
        "ARI_USER": node.ari_user,
        "ARI_PASSWORD": node.ari_password,
        "ARI_APP": node.ari_app,
        "AMI_HOST": node.ami_host,
        "AMI_PORT": str(node.ami_port),
        "AMI_USER": node.ami_user,
        "AMI_PASSWORD": node.ami_password,
        "NODE": node.node,
        "MEDIA_ADDRESS": node.sip_host,
        "SECRET_KEY": "k" * 32,
        "RECORDING_DIR": str(node.state / "spool" / "recording"),
        "RECORDING_KEY": base64.b64encode(b"r" * 32).decode(),
        "LINE_API_BASE": simulator.line_api_url,
        "LINE_CHANNEL_SECRET": simulator.line_secret,
        "LINE_CHANNEL_ACCESS_TOKEN": simulator.line_token,
        "LINE_ADD_FRIEND_URL": f"{simulator.line_api_url}/add-friend",
        "SMS_PROVIDER_URL": simulator.sms_url,
        "SMS_PROVIDER_TOKEN": simulator.sms_token,
        **environment,
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TORITSUGI_")}
    variables = {f"TORITSUGI_{name}": value for name, value in settings.items()}
    await migrate(database_url)
    simulator.webhook_url = f"http://127.0.0.1:{port}/webhooks/line"
    return RunningHub(HubService(state, {**clean, **variables}), database_url)
