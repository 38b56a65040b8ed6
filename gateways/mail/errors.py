"""What keeps mail from being fetched."""

from gateways.errors import GatewayError


class MailboxAway(GatewayError):
    """The mail server cannot be used now; the message says why, without secrets."""

    retryable = True


class MailRefused(GatewayError):
    """The server does not give out a mail."""
