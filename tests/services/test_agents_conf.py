"""Agents' phones as Asterisk reads them."""

import hashlib
from pathlib import Path

import pytest

from acd.dialect import read
from hub.services.agents_conf import SipAgent, render_agents, sip_digest

DIGEST = "0" * 32


def agent(name: str = "佐藤", *, id: str = "sato", digest: str = DIGEST, webrtc: bool = False) -> SipAgent:  # noqa: A002
    return SipAgent(id=id, name=name, digest=digest, webrtc=webrtc)


def test_the_digest_is_that_of_rfc_7616() -> None:
    assert sip_digest("sato", "pw") == hashlib.md5(b"sato:toritsugi:pw").hexdigest()


def test_a_phone_has_three_sections() -> None:
    text = render_agents([agent()])
    assert text.count("[sato](") == 3
    assert "[sato](agent)\n" in text
    assert f"password_digest = MD5:{DIGEST}\n" in text
    assert 'callerid = "佐藤" <sato>\n' in text


def test_a_browser_has_its_own_template() -> None:
    assert "[sato](agent-webrtc)\n" in render_agents([agent(webrtc=True)])


@pytest.mark.parametrize("name", ["a\nb = c", 'a"b', "a;b", "a<b>", "[x]", "a\\", "\u2028x"])
def test_a_name_cannot_leave_its_line(name: str) -> None:
    lines = [line for line in render_agents([agent(name)]).splitlines() if line.startswith("callerid")]
    assert len(lines) == 1
    assert lines[0].count('"') == 2
    assert not set(lines[0].partition('"')[2].rpartition('"')[0]) & set('";<>[]\\\u2028')


@pytest.mark.parametrize("name", ["", "Sato", "-a", "a]", "a b", "a" * 65, "a\n", "佐藤"])
def test_an_id_that_is_no_section_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="agent id"):
        render_agents([agent(id=name)])


def test_a_digest_that_is_none_is_refused_and_not_shown() -> None:
    with pytest.raises(ValueError, match="digest of agent sato") as caught:
        render_agents([agent(digest="open sesame")])
    assert "sesame" not in str(caught.value)


def test_nobody_is_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "agents.conf"
    path.write_text(render_agents([]), encoding="utf-8")
    assert read(path).sections == {}
