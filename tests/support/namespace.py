"""A network namespace (network_namespaces(7)) behind a link that can be cut: packets vanish, sockets stay.

Both ends then send to an Ethernet address that nobody has: nothing says so to any socket, as no lost carrier
or missing route does.
"""

import ctypes
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohappyeyeballs import AddrInfoType

_CLONE_NEWNET = 0x40000000
_NOBODY = "02:00:00:00:00:0d"
_LIBC = ctypes.CDLL(None, use_errno=True)


class NoNamespaces(Exception):
    """This machine lets nobody make a network namespace; the message says why."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """Beyond the link: `host` is our address there, as seen from within, `inside` the one within."""

    name: str
    link: str
    host: str
    inside: str

    @property
    def _within(self) -> str:
        """The link's other end."""
        return f"{self.name}n"

    def cut(self) -> None:
        """Let what passes the link vanish."""
        _ip("neigh", "replace", self.inside, "lladdr", _NOBODY, "dev", self.link, "nud", "permanent")
        _ip(
            *("-n", self.name, "neigh", "replace", self.host),
            *("lladdr", _NOBODY, "dev", self._within, "nud", "permanent"),
        )

    def mend(self) -> None:
        """Let the link carry again; where it was not cut, nothing changes."""
        for place, address, link in (
            ((), self.inside, self.link),
            (("-n", self.name), self.host, self._within),
        ):
            if _NOBODY in _ip(*place, "neigh", "show", address, "dev", link):
                _ip(*place, "neigh", "del", address, "dev", link)

    def socket_to(self, info: AddrInfoType) -> socket.socket:
        """Make a socket, within if it is to reach `host`."""
        family, kind, protocol, _, address = info
        if address[0] != self.host:
            return socket.socket(family, kind, protocol)
        return self._socket(family, kind, protocol)

    def listening(self) -> socket.socket:
        """Make a TCP socket that listens at `inside`, on a free port."""
        made = self._socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        made.bind((self.inside, 0))
        made.listen(64)
        made.setblocking(False)
        return made

    def _socket(self, family: int, kind: int, protocol: int) -> socket.socket:
        """Make a socket within: only for this one call is the thread there."""
        here = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _enter(there)
            return socket.socket(family, kind, protocol)
        finally:
            _enter(here)
            os.close(there)
            os.close(here)


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make a namespace for the time of the block; raises `NoNamespaces`."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise NoNamespaces("only root may make network namespaces, with the program ip")
    name, block = f"tt{secrets.token_hex(3)}", secrets.randbelow(250) + 1
    space = Namespace(name, f"{name}h", f"10.213.{block}.1", f"10.213.{block}.2")
    try:
        _ip("netns", "add", name)
        _ip("link", "add", space.link, "type", "veth", "peer", "name", f"{name}n", "netns", name)
        _ip("addr", "add", f"{space.host}/24", "dev", space.link)
        _ip("link", "set", space.link, "up")
        _ip("-n", name, "addr", "add", f"{space.inside}/24", "dev", f"{name}n")
        _ip("-n", name, "link", "set", f"{name}n", "up")
        yield space
    finally:
        if Path(f"/run/netns/{name}").exists():
            _ip("netns", "del", name)  # and with it the link


def _ip(*arguments: str) -> str:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _enter(space: int) -> None:
    if _LIBC.setns(space, _CLONE_NEWNET) != 0:
        raise NoNamespaces(os.strerror(ctypes.get_errno()))
