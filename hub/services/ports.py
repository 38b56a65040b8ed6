"""Where the services of one machine listen."""

import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from hub.services.errors import PortTaken

LOOPBACK = "127.0.0.1"
_RTP_PORTS = 400
_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPorts:
    """Port numbers of one installation. `sip` and `rtp_*` are UDP, the others TCP."""

    sip: int = 5060
    ari: int = 8088
    ami: int = 5038
    redis: int = 6380
    http: int = 8080
    simulator: int = 8090
    rtp_first: int = 10000
    rtp_last: int = 10999

    @classmethod
    def configured(cls, environment: Mapping[str, str]) -> Self:
        """Take each port from `TORITSUGI_<NAME>_PORT` (`TORITSUGI_SIP_PORT`...), else the usual one."""
        given: dict[str, int] = {}
        for field in fields(cls):
            variable = f"TORITSUGI_{field.name.upper()}_PORT"
            if not (text := environment.get(variable)):
                continue
            if not (text.isdecimal() and 0 < int(text) < 65536):
                raise PortTaken(f"{variable} is {text!r}", "expected a number from 1 to 65535")
            given[field.name] = int(text)
        return cls(**given)

    @classmethod
    def free(cls) -> Self:
        """Choose ports that nobody uses now, so that installations do not disturb each other."""
        rtp_first = _free_rtp_block()
        chosen: set[int] = set()
        while len(chosen) < 6:
            chosen.add(free_port())
        sip, ari, ami, redis, http, simulator = chosen
        return cls(
            sip=sip,
            ari=ari,
            ami=ami,
            redis=redis,
            http=http,
            simulator=simulator,
            rtp_first=rtp_first,
            rtp_last=rtp_first + _RTP_PORTS - 1,
        )


def free_port() -> int:
    """Return a port that is free on loopback for TCP and UDP alike."""
    for _ in range(_TRIES):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((LOOPBACK, 0))
            port = int(tcp.getsockname()[1])
            if is_free(port, socket.SOCK_DGRAM):
                return port
    raise PortTaken(f"no free port found on {LOOPBACK} in {_TRIES} tries")


def is_free(port: int, kind: socket.SocketKind, address: str = LOOPBACK) -> bool:
    """Whether a socket of this kind could be bound to `address:port` now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def demand_free(
    name: str, port: int, kind: socket.SocketKind, variable: str, address: str = LOOPBACK
) -> None:
    """Raise `PortTaken` if something else listens at `address:port`."""
    if not is_free(port, kind, address):
        protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
        raise PortTaken(
            f"{name} cannot listen at {address}:{port} ({protocol}): another program does, or the address "
            "is not of this machine",
            f"stop that program, or choose another port with {variable}",
        )


def _free_rtp_block() -> int:
    """Return the first of `_RTP_PORTS` ports below the range that the kernel gives out by itself."""
    for _ in range(_TRIES):
        first = random.randrange(12_000, 32_000, _RTP_PORTS)  # noqa: S311 - not a secret
        if all(is_free(port, socket.SOCK_DGRAM) for port in range(first, first + _RTP_PORTS, 20)):
            return first
    raise PortTaken(f"no {_RTP_PORTS} free UDP ports in a row found in {_TRIES} tries")
