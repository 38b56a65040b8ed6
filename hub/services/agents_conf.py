"""Agents' phones as Asterisk reads them: the sections that `pjsip.conf` includes."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

REALM = "toritsugi"
FILE_NAME = "pjsip_agents.conf"
"""Lies in the hub's data folder; reload `res_pjsip` after writing it (`write_private` of render.py)."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAgent:
    """One agent's phone account.

    `digest` is the HA1 of RFC 7616 §3.4.2 (see `sip_digest`). `webrtc`: the phone is a browser, whose
    media is encrypted; it and a plain SIP phone cannot share an account. `contact`: SIP URI of a phone
    that never registers and is taken to be there.
    """

    id: str
    name: str
    digest: str
    webrtc: bool = False
    contact: str | None = None


def sip_digest(agent: str, password: str) -> str:
    """Return what Asterisk keeps instead of a phone's password: MD5 of `agent:realm:password`, in hex."""
    text = f"{agent}:{REALM}:{password}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def render_agents(agents: Iterable[SipAgent]) -> str:
    """Return the text of `pjsip_agents.conf`; raises `ValueError` for what would not be one section."""
    return "\n".join(["; Written by the hub from its accounts, do not edit.\n", *map(_sections, agents)])


def _sections(agent: SipAgent) -> str:
    if not _ID.fullmatch(agent.id):
        raise ValueError(f"agent id {agent.id!r}: expected lower-case letters, digits, '.', '_', '-'")
    if not _DIGEST.fullmatch(agent.digest):
        raise ValueError(f"digest of agent {agent.id}: expected 32 hexadecimal digits")
    template = "agent-webrtc" if agent.webrtc else "agent"
    contact = f"contact = {_one_line(agent.contact)}\nqualify_frequency = 0\n" if agent.contact else ""
    return (
        f"[{agent.id}]({template})\n"
        f"auth = {agent.id}\n"
        f"aors = {agent.id}\n"
        f'callerid = "{_one_line(agent.name)}" <{agent.id}>\n\n'
        f"[{agent.id}](agent-auth)\n"
        f"username = {agent.id}\n"
        f"password_digest = MD5:{agent.digest}\n\n"
        f"[{agent.id}](agent-aor)\n{contact}"
    )


def _one_line(text: str) -> str:
    """Make free text safe as a value: one line, no quotes, no comment sign, no angle brackets."""
    return "".join(char for char in text if char.isprintable() and char not in '";<>\\[]')
