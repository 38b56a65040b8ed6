"""A network namespace (network_namespaces(7)) behind a link that can be cut: packets vanish, sockets stay."""

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
_LIBC = ctypes.CDLL(None, use_errno=True)


class NoNamespaces(Exception):
    """This machine lets nobody make a network namespace; the message says why."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """Beyond the link: `host` is our address there, as seen from within."""

    name: str
    link: str
    host: str

    def cut(self) -> None:
        """Let what passes the link vanish."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Let the link carry again."""
        _ip("link", "set", self.link, "up")

    def socket_to(self, info: AddrInfoType) -> socket.socket:
        """Make a socket, within if it is to reach `host`: only for this one call is the thread there."""
        family, kind, protocol, _, address = info
        if address[0] != self.host:
            return socket.socket(family, kind, protocol)
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
    space = Namespace(name, f"{name}h", f"10.213.{block}.1")
    try:
        _ip("netns", "add", name)
        _ip("link", "add", space.link, "type", "veth", "peer", "name", f"{name}n", "netns", name)
        _ip("addr", "add", f"{space.host}/24", "dev", space.link)
        _ip("link", "set", space.link, "up")
        _ip("-n", name, "addr", "add", f"10.213.{block}.2/24", "dev", f"{name}n")
        _ip("-n", name, "link", "set", f"{name}n", "up")
        yield space
    finally:
        if Path(f"/run/netns/{name}").exists():
            _ip("netns", "del", name)  # and with it the link


def _ip(*arguments: str) -> None:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def _enter(space: int) -> None:
    if _LIBC.setns(space, _CLONE_NEWNET) != 0:
        raise NoNamespaces(os.strerror(ctypes.get_errno()))
