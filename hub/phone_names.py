"""What Asterisk calls the phones of agents, and the pages of customers.

An agent's SIP phone is `PJSIP/sato`; a browser phone of his is `PJSIP/sato~<made up>`. A page by which a
customer calls is `PJSIP/~<made up>`.
"""

import secrets
from typing import Final

from acd.ids import AgentId

TECHNOLOGY: Final = "PJSIP/"
MARK: Final = "~"
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 20
_TIME_LENGTH: Final = 9


def new_caller() -> str:
    """Return a name for a page by which a customer calls: nobody can guess it."""
    return MARK + _made_up()


def new_phone(agent: AgentId, at_ms: int) -> str:
    """Return a name for a browser phone; those of one agent sort by when they were made."""
    return f"{agent}{MARK}{_base36(at_ms).rjust(_TIME_LENGTH, '0')}{_made_up()}"


def agent_of(endpoint: str) -> AgentId:
    """Return whose phone it is, with or without the technology before it; "" for a customer's page."""
    return AgentId(endpoint.removeprefix(TECHNOLOGY).partition(MARK)[0])


def is_caller(endpoint: str) -> bool:
    """Whether it is a page by which a customer calls."""
    return endpoint.removeprefix(TECHNOLOGY).startswith(MARK)


def is_browser_phone(endpoint: str) -> bool:
    """Whether it is a browser phone of an agent's."""
    return MARK in endpoint and not is_caller(endpoint)


def _made_up() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _LETTERS[rest] + digits
    return digits
