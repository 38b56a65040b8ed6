"""Two hubs with all text channels between them, and everybody they talk to.

One hub has SMS by a message centre, mail, Messenger, Instagram, X and forms; the other SMS by HTTP. Providers
are reached by TLS, so that it can fail.
"""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.accounts import Role
from tests.channels.agents import Agent, Supervisor
from tests.fakes.providers import ProviderSimulator
from tests.fakes.social import PAGE, PAGE_TOKEN, SocialSimulator
from tests.fakes.twilio import ACCOUNT, TOKEN, TwilioSimulator
from tests.gateways.support import until
from tests.sms.smsc import Smsc
from tests.story.desktop import Desktop
from tests.support.certificates import Certificates, TlsFront
from tests.support.dovecot import PASSWORD, USER, Dovecot
from tests.support.exim import Exim
from tests.support.hub import RunningHub, prepared_hub
from tests.support.redis import redis_service
from tests.support.text_hub import TextHub, no_asterisk

OUR_NUMBER, OUR_TWILIO_NUMBER, OUR_MAIL, OUR_X = "+81312345678", "+815012345678", "support@example.jp", "4040"
SECRETS = {"meta": "app-secret", "x": "consumer-secret"}
META_HOST, X_HOST = "lookaside.fbsbx.com", "ton.twitter.com"
"""Hosts of the networks' files, which hubs reach by a proxy: the simulator."""
_CONF = {
    "queues.conf": """
[support]
strategy = rrmemory
timeout = 60
member => PJSIP/sato
member => PJSIP/tanaka
""",
    "acd.conf": "[support]\nwrapup = manual\ndisposition => other,その他,Other\n",
    "ivr.conf": "[numbers]\n_. => main\n[main]\ntype = message\nthen => queue,support\n",
    "forms.conf": """
[contact]
title = お問い合わせ
field => name,name,required
field => email,email,required
field => topic,choice,required,billing|other
field => body,long,required
subject = topic
queue => support
honeypot = website
rate = 1000
files = 2
""",
    "mail.conf": """
[support]
address => support@example.jp
name => サポート窓口
imap => 127.0.0.1:{imap}
imap_tls => implicit
smtp => 127.0.0.1:{smtp}
smtp_tls => implicit
smtp_user => none
ca => {ca}
user => {user}
sent => Sent
size_max => 1
""",
}


@dataclass(frozen=True, slots=True)
class Got:
    """A message as a customer has it. `raw` is the provider's own form of it, `sent_as` its id there."""

    text: str
    sent_as: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    raw: Any = None


@dataclass(slots=True)
class Floor:
    """A hub with its two agents and a supervisor, signed in. `sato` is here at first, `tanaka` is not."""

    hub: RunningHub
    stack: AsyncExitStack
    agents: dict[str, Agent] = field(default_factory=dict)
    supervisor: Supervisor = field(init=False)

    @property
    def sato(self) -> Agent:
        return self.agents["sato"]

    @property
    def tanaka(self) -> Agent:
        return self.agents["tanaka"]

    async def sign_in(self) -> None:
        """Open desktops, in place of those before."""
        for name in ("sato", "tanaka"):
            self.agents[name] = Agent(await self.stack.enter_async_context(self.desktop(name)))
        self.supervisor = Supervisor(await self.stack.enter_async_context(self.desktop("mori")))
        await self.sato.available()

    def desktop(self, name: str) -> Desktop:
        """Return another desktop of an agent, to be opened."""
        return Desktop(self.hub.url, name, self.hub.passwords[name][0])

    async def dies(self) -> None:
        self.hub.signal(signal.SIGKILL)
        await until(lambda: self.hub.service.daemon.pid is None, 20)

    def log(self) -> list[str]:
        """Return what the hub found worth a warning."""
        return [str(line) for line in self.hub.log() if line["level"] not in ("info", "debug")]


@dataclass(slots=True)
class Site:
    """All of it. `fronts` are what hubs reach providers by: `twilio`, `social`, `smsc`, `smtp`."""

    floor: Floor
    twilio_floor: Floor
    dovecot: Dovecot
    exim: Exim
    smsc: Smsc
    twilio: TwilioSimulator
    social: SocialSimulator
    certificates: Certificates
    fronts: dict[str, TlsFront]

    @property
    def floors(self) -> tuple[Floor, Floor]:
        return self.floor, self.twilio_floor

    def kept(self, host: str, file: bytes) -> str:
        """Let a social network keep a file; returns its address."""
        name = f"picture-{len(self.social.media)}"
        self.social.media[name] = file
        return f"http://{host}/media/{name}"

    def shown_to(self, user: str) -> list[Got]:
        """Return what a user of a social network was shown."""
        shown = zip(self.social.shown, self.social.sent_as, strict=True)
        return [Got(text, sent_as, raw=how) for (to, text, how), sent_as in shown if to == user]


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """Start everything, and stop it."""
    async with AsyncExitStack() as stack:
        state, mail_state = (_folder(stack, prefix) for prefix in ("th-", "td-"))
        certificates = Certificates(state)
        dovecot, exim = _mail(stack, mail_state, certificates)
        smsc = await stack.enter_async_context(Smsc())
        twilio = await stack.enter_async_context(TwilioSimulator())
        social = await stack.enter_async_context(SocialSimulator())
        ports = {"twilio": _port(twilio.url), "social": _port(social.url), "smsc": smsc.port}
        fronts = {
            name: await stack.enter_async_context(TlsFront(port, certificates.good))
            for name, port in (ports | {"smtp": exim.port}).items()
        }
        _write_config(state, dovecot, fronts, certificates)
        settings = _settings(fronts, certificates)
        trusted = {
            "SSL_CERT_FILE": str(certificates.ca_file),
            "http_proxy": social.url,
            "no_proxy": "127.0.0.1,localhost",
        }
        floors = [await _floor(stack, state / name, settings[name], trusted) for name in ("one", "two")]
        await asyncio.gather(*(floor.hub.start() for floor in floors))
        await asyncio.gather(*(floor.sign_in() for floor in floors))
        await smsc.wait_for("bind")
        yield Site(floors[0], floors[1], dovecot, exim, smsc, twilio, social, certificates, fronts)


def _folder(stack: AsyncExitStack, prefix: str) -> Path:
    folder = tempfile.TemporaryDirectory(prefix=prefix, dir="/tmp", ignore_cleanup_errors=True)
    return Path(stack.enter_context(folder))


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _mail(stack: AsyncExitStack, state: Path, certificates: Certificates) -> tuple[Dovecot, Exim]:
    dovecot = Dovecot(state, certificates.good)
    customers = state / "customers"
    for name in ("cur", "new", "tmp"):
        (customers / name).mkdir(parents=True)
    dovecot.start()
    stack.callback(dovecot.stop)
    exim = Exim(state / "exim", dovecot.maildir, others=customers, ours=OUR_MAIL)
    exim.start()
    stack.callback(exim.stop)
    return dovecot, exim


def _write_config(
    state: Path, dovecot: Dovecot, fronts: dict[str, TlsFront], certificates: Certificates
) -> None:
    """Write the hubs' configuration; the second one has no mail and no forms by its settings."""
    values = {
        "imap": dovecot.tls_port,
        "smtp": fronts["smtp"].port,
        "ca": certificates.ca_file,
        "user": USER,
    }
    for name, files in (("one", _CONF), ("two", {k: v for k, v in _CONF.items() if k != "mail.conf"})):
        folder = state / name / "config"
        folder.mkdir(parents=True)
        for file, content in files.items():
            filled = content.format(**values) if file == "mail.conf" else content
            (folder / file).write_text(filled, encoding="utf-8")


def _settings(fronts: dict[str, TlsFront], certificates: Certificates) -> dict[str, dict[str, str]]:
    plain = {"SMS_PROVIDER_URL": "", "SMS_PROVIDER_TOKEN": "", "TEXT_MESSAGES_PER_MINUTE": "0"}
    social = f"https://127.0.0.1:{fronts['social'].port}"
    one = {
        "FORMS": "yes",
        "MAIL_PASSWORD_SUPPORT": PASSWORD,
        "SMPP_URL": f"smpps://127.0.0.1:{fronts['smsc'].port}",
        "SMPP_SYSTEM_ID": "hub",
        "SMPP_PASSWORD": "secret",
        "SMPP_CA_FILE": str(certificates.ca_file),
        "SMS_FROM": OUR_NUMBER,
        "META_APP_SECRET": SECRETS["meta"],
        "META_VERIFY_TOKEN": "verify-me",
        "META_PAGES": f"{PAGE}={PAGE_TOKEN}",
        "META_API_BASE": social,
        "X_CONSUMER_KEY": "key",
        "X_CONSUMER_SECRET": SECRETS["x"],
        "X_ACCESS_TOKEN": "token",
        "X_ACCESS_SECRET": "token-secret",
        "X_USER_ID": OUR_X,
        "X_API_BASE": social,
    }
    two = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE": f"https://127.0.0.1:{fronts['twilio'].port}",
        "SMS_FROM": OUR_TWILIO_NUMBER,
    }
    return {"one": plain | one, "two": plain | two}


async def _floor(
    stack: AsyncExitStack, state: Path, settings: dict[str, str], trusted: dict[str, str]
) -> Floor:
    redis = redis_service(state / "redis")
    redis.start()
    stack.callback(redis.stop)
    simulator = await stack.enter_async_context(ProviderSimulator())
    hub = await prepared_hub(
        state, no_asterisk(state), redis.url, simulator, config_dir=state / "config", **settings
    )
    hub.service = TextHub(hub.service.state, {**hub.service.environment, **trusted})
    for agent, name, role in (
        ("sato", "佐藤", Role.AGENT),
        ("tanaka", "田中", Role.AGENT),
        ("mori", "森", Role.SUPERVISOR),
    ):
        await hub.add_agent(agent, name, role)
    stack.push_async_callback(hub.stop)
    return Floor(hub, stack)
