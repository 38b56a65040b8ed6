"""A server's certificate that no client has a reason to believe."""

import ssl
import tempfile
from pathlib import Path

from tests.support.certificates import self_signed


def untrusted() -> ssl.SSLContext:
    """Return what a server of `127.0.0.1` needs, with a certificate made and signed by itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(self_signed(Path(folder)))
    return context
