"""The IPv4 addresses of this machine."""

import fcntl
import socket
import struct

_SIOCGIFADDR = 0x8915
"""Linux, netdevice(7); the address stands at bytes 20 to 24 of the answer."""


def local_addresses() -> list[str]:
    """Return the first address of each interface that has one."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # it has none
            found.append(socket.inet_ntoa(answer[20:24]))
    return found


def ice_host_candidates(bound: str) -> str:
    """Return lines of rtp.conf by which media that are bound to one address are said to be there.

    Asterisk would tell browsers all addresses that it finds, but for loopback ones.
    """
    others = (each for each in local_addresses() if not each.startswith("127.") and each != bound)
    return "\n".join(f"{each} => {bound}" for each in others)
