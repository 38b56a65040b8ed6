"""How servers prove who they are, and what is wrong if they cannot."""

import ssl

import aiohttp


def context_of(ca_file: str = "") -> ssl.SSLContext:
    """Return what a server's certificate and name are checked by; raises `OSError`.

    `ca_file`: who vouches for it, if the system's authorities do not.
    """
    return ssl.create_default_context(cafile=ca_file or None)


def trouble(error: BaseException) -> str | None:
    """Return what TLS failed of, in OpenSSL's words; None if it was something else."""
    cause: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    elif isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    if not isinstance(cause, ssl.SSLError):
        return None
    return f"TLS failed: {getattr(cause, 'verify_message', '') or cause.reason or type(cause).__name__}"
