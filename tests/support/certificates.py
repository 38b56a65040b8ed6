"""Certificates of servers on this machine, right and wrong, and TLS in front of a server without."""

import asyncio
import datetime
import ipaddress
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_HERE: Final = ("localhost", "127.0.0.1")


def self_signed(
    folder: Path, name: str = "certificate", *, names: tuple[str, ...] = _HERE, days: int = 30
) -> Path:
    """Make a certificate, with its key, that vouches for itself; `days` below 0: it ended so long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 90 * day)
        .not_valid_after(now + days * day)
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.touch(0o644)
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, *form)
    )
    return path


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Certificates:
    """`good` and three that are not; `ca_file` vouches for all but the stranger's."""

    def __init__(self, folder: Path) -> None:
        self.good = self_signed(folder, "good")
        self.bad = {
            "self-signed certificate": self_signed(folder, "stranger"),
            "certificate has expired": self_signed(folder, "expired", days=-1),
            "certificate is not valid for": self_signed(folder, "elsewhere", names=("mx.elsewhere.test",)),
        }
        """By what is said of each."""
        self.ca_file = folder / "ca.pem"
        known = (self.good, *list(self.bad.values())[1:])
        self.ca_file.write_bytes(b"".join(each.read_bytes() for each in known))


class TlsFront:
    """Passes on to a port what comes by TLS; an asynchronous context manager.

    `show` another certificate to who comes from then on; `cut` who is here already.
    """

    def __init__(self, target: int, certificate: Path) -> None:
        self.port, self._target, self._certificate = 0, target, certificate
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def show(self, certificate: Path) -> None:
        self._server.close()
        self._certificate = certificate
        await self._listen()

    async def cut(self) -> None:
        """End what goes through, and wait until the other ends have seen it."""
        writers = list(self._writers)
        for writer in writers:
            writer.close()
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()

    async def _listen(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.add(writer)
        try:
            await asyncio.gather(_pass_on(reader, to_writer), _pass_on(to_reader, writer))
        finally:
            self._writers.discard(writer)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()
