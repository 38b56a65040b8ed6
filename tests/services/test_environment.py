"""The settings of one installation and which services follow from them."""

import socket
from pathlib import Path

import pytest

from hub.services.environment import load_environment
from hub.services.errors import PortTaken, ServiceError
from hub.services.installation import daemons, installation
from hub.services.ports import LocalPorts, demand_free, free_port
from tests.support.asterisk import unpacked_asterisk


def test_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = load_environment(tmp_path, {})
    assert load_environment(tmp_path, {}) == first
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert load_environment(tmp_path / "other", {})["TORITSUGI_SECRET_KEY"] != first["TORITSUGI_SECRET_KEY"]


def test_a_variable_that_is_set_wins_over_the_file_and_what_follows(tmp_path: Path) -> None:
    load_environment(tmp_path, {})
    given = {"TORITSUGI_SECRET_KEY": "mine", "TORITSUGI_NODE": "tokyo-1", "PATH": "/bin"}
    assert given.items() <= load_environment(tmp_path, given).items()


def test_nothing_is_written_where_all_secrets_are_given(tmp_path: Path) -> None:
    given = {
        f"TORITSUGI_{name}": "x" for name in ("SECRET_KEY", "ARI_PASSWORD", "AMI_PASSWORD", "RECORDING_KEY")
    }
    load_environment(tmp_path, given)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_secret_is_added_and_what_a_person_took_out_stays_out(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("# mine\nTORITSUGI_LINE_CHANNEL_SECRET=real\n")
    environment = load_environment(tmp_path, {})
    assert environment["TORITSUGI_LINE_CHANNEL_SECRET"] == "real"
    assert environment["TORITSUGI_AMI_PASSWORD"]
    assert "TORITSUGI_LINE_API_BASE" not in environment
    assert (tmp_path / "secrets.env").read_text().startswith("# mine\n")


def test_addresses_follow_from_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("TORITSUGI_BIND=192.0.2.1\nTORITSUGI_HTTP_PORT=8081\n")
    environment = load_environment(tmp_path, {"TORITSUGI_HTTP_PORT": "8082"})
    assert environment["TORITSUGI_PUBLIC_URL"] == "http://192.0.2.1:8082"


@pytest.mark.parametrize("line", ["TORITSUGI_X", "OTHER=1", "export TORITSUGI_X=1"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "secrets.env").write_text(f"# ok\n{line}\n")
    with pytest.raises(ServiceError, match=r"secrets\.env:2: expected TORITSUGI_NAME=value"):
        load_environment(tmp_path, {})


def test_ports_come_from_their_variables() -> None:
    assert LocalPorts.configured({"TORITSUGI_HTTP_PORT": "18080"}).http == 18080
    with pytest.raises(PortTaken, match="TORITSUGI_SIP_PORT is 'sip'"):
        LocalPorts.configured({"TORITSUGI_SIP_PORT": "sip"})


def test_free_ports_differ_and_are_free() -> None:
    ports = LocalPorts.free()
    chosen = [ports.sip, ports.ari, ports.ami, ports.redis, ports.http, ports.simulator]
    assert len(set(chosen)) == len(chosen)
    for port in chosen:
        demand_free("test", port, socket.SOCK_STREAM, "X")


def test_a_taken_port_is_named() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} .* another program"):
            demand_free("Redis", port, socket.SOCK_STREAM, "TORITSUGI_REDIS_PORT")


@pytest.mark.real
def test_services_that_somebody_else_runs_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "asterisk").symlink_to(unpacked_asterisk())
    assert [service.name for service in installation(tmp_path, {}).services] == ["redis", "asterisk", "hub"]
    given = {"TORITSUGI_REDIS_URL": "redis://10.0.0.1/0", "TORITSUGI_ARI_URL": "http://10.0.0.2:8088/ari"}
    assert [service.name for service in installation(tmp_path, given).services] == ["hub"]
    assert [daemon.name for daemon in daemons(tmp_path)] == ["redis", "asterisk", "hub"]
