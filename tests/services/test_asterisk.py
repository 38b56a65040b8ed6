"""A real Asterisk on the shipped configuration: what is loaded, where it listens, how it starts and stops."""

import dataclasses
import itertools
import os
import re
from pathlib import Path

import pytest

from hub.services.agents_conf import FILE_NAME
from hub.services.asterisk import AsteriskService
from hub.services.asterisk_install import AsteriskInstall
from hub.services.errors import PortTaken, StartFailed
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node

pytestmark = pytest.mark.real


async def test_every_module_runs(asterisk: AsteriskNode) -> None:
    named = re.findall(r"^load = (\S+)", (ROOT / "asterisk-config/modules.conf").read_text(), re.MULTILINE)
    shown = await asterisk.cli("module show")
    running = {line.split()[0] for line in shown.splitlines() if " Running " in line}
    assert named
    assert set(named) <= running


async def test_it_starts_without_a_warning(asterisk: AsteriskNode) -> None:
    log = (asterisk.state / "log" / "messages.log").read_text().partition("modules will be loaded")[2]
    # What a call caused is not of the start.
    boot = "\n".join(itertools.takewhile(lambda line: "[C-" not in line, log.splitlines()))
    assert "Default country for indication tones: jp" in boot
    assert not re.findall(r"WARNING|ERROR|declined", boot)


async def test_queues_agents_trunk_and_music_are_there(asterisk: AsteriskNode) -> None:
    queues = await asterisk.cli("queue show")
    assert "support has 0 calls" in queues
    assert "sales has 0 calls" in queues
    endpoints = await asterisk.cli("pjsip show endpoints")
    assert all(f"{name} " in endpoints for name in ("carrier", "sato/sato", "tanaka/tanaka"))
    assert "waiting" in await asterisk.cli("moh show files")
    assert f"System name: {asterisk.node}" in re.sub(r" +", " ", await asterisk.cli("core show settings"))


async def test_agents_are_added_while_it_runs(asterisk: AsteriskNode) -> None:
    await asterisk.add_agents(
        asterisk.agent("ogawa", '小川 "花"; <子>', webrtc=True),
        asterisk.agent("desk", "Desk", contact="sip:desk@127.0.0.3:5099"),
    )
    shown = await asterisk.cli("pjsip show endpoint ogawa")
    assert "webrtc : yes" in re.sub(r" +", " ", shown)
    assert '"小川 花 子" <ogawa>' in shown
    assert "sip:desk@127.0.0.3:5099" in await asterisk.cli("pjsip show contacts")
    assert (asterisk.state / FILE_NAME).stat().st_mode & 0o077 == 0


def test_it_listens_on_loopback_only(asterisk: AsteriskNode) -> None:
    ports = asterisk.service.settings.ports
    assert _listening(asterisk.service.daemon.pid) == {("127.0.0.1", ports.ami), ("127.0.0.1", ports.ari)}


def _listening(pid: int | None) -> set[tuple[str, int]]:
    """Address and port of each TCP socket that a process listens at (proc(5), /proc/net/tcp)."""
    links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    found: set[tuple[str, int]] = set()
    for line in [
        *Path("/proc/net/tcp").read_text().splitlines(),
        *Path("/proc/net/tcp6").read_text().splitlines(),
    ]:
        local, _, state, *rest = line.split()[1:]
        if state == "0A" and f"socket:[{rest[5]}]" in links:
            address, port = local.split(":")
            octets = reversed(bytes.fromhex(address))
            found.add((".".join(map(str, octets)), int(port, 16)))
    return found


def test_starting_and_stopping_twice_is_harmless(tmp_path: Path) -> None:
    service = asterisk_node(tmp_path).service
    assert service.start()
    pid = service.daemon.pid
    assert not service.start()
    assert service.daemon.pid == pid
    assert service.stop()
    assert not service.stop()
    assert service.daemon.pid is None


def test_starting_again_reads_what_changed(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    for path in (ROOT / "asterisk-config").glob("*.conf"):
        (config / path.name).write_bytes(path.read_bytes())
    service = asterisk_node(tmp_path / "state", config).service
    service.start()
    try:
        with (config / "queues.conf").open("a") as file:
            file.write("\n[night](service)\n")
        with (config / "queuerules.conf").open("a") as file:
            file.write("\n[soon]\npenaltychange => 5,3\n")
        assert not service.start()
        assert "night has 0 calls" in service.cli("queue show")
        assert "After 5 seconds, adjust QUEUE_MAX_PENALTY to 3" in service.cli("queue show rules")
    finally:
        service.stop()


def test_a_taken_port_is_named(asterisk: AsteriskNode, tmp_path: Path) -> None:
    other = asterisk_node(tmp_path).service
    settings = dataclasses.replace(
        other.settings,
        ports=dataclasses.replace(other.settings.ports, ari=asterisk.service.settings.ports.ari),
    )
    with pytest.raises(PortTaken, match="TORITSUGI_ARI_PORT"):
        AsteriskService(other.install, other.config, tmp_path, settings).start()


def test_an_asterisk_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    binary = tmp_path / "asterisk"
    binary.write_text("#!/bin/sh\necho 'libssl.so.9: cannot open shared object file'\nexit 127\n")
    binary.chmod(0o755)
    service = asterisk_node(tmp_path).service
    broken = AsteriskService(AsteriskInstall(binary), service.config, tmp_path, service.settings)
    with pytest.raises(StartFailed, match=r"libssl\.so\.9: cannot open"):
        broken.start()
    assert broken.daemon.pid is None
