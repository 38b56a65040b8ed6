"""Whom a number on a phone means."""

from typing import cast

import pytest

from acd.ids import AgentId, QueueName
from cti.feature_codes import FeatureCodes
from hub.accounts import Account, Accounts, Role
from hub.desktop.commands import Target
from hub.desktop.refusals import CommandRefused
from hub.errors import DatabaseUnavailable
from hub.feature_conf import PhoneSettings
from hub.numbers import Numbers

SUPPORT = QueueName("support")


class _Known:
    """Accounts of which sato has the extension 201; `is_away`: the database cannot be reached."""

    is_away = False

    async def by_extension(self, extension: str) -> Account | None:
        if self.is_away:
            raise DatabaseUnavailable("stopped by the test")
        sato = Account(AgentId("sato"), "佐藤", Role.AGENT, 0, extension="201")
        return sato if extension == sato.extension else None


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("201", Target(agent=AgentId("sato"))),
        ("601", Target(queue=SUPPORT)),
        ("202", Target(number="202")),
        ("0312345678", Target(number="0312345678")),
        ("+81312345678", Target(number="+81312345678")),
        ("support", Target(queue=SUPPORT)),
        ("tanaka", Target(agent=AgentId("tanaka"))),
    ],
)
async def test_a_number_means_an_agent_a_queue_or_somebody_outside(typed: str, target: Target) -> None:
    numbers = Numbers(cast(Accounts, _Known()), lambda: {SUPPORT})
    numbers.settings = PhoneSettings(FeatureCodes(), {"601": SUPPORT})
    assert await numbers.find(typed) == target


@pytest.mark.parametrize("typed", ["", "0" * 33, "a" * 33])
async def test_what_is_nothing_is_refused(typed: str) -> None:
    with pytest.raises(CommandRefused):
        await Numbers(cast(Accounts, _Known()), lambda: {SUPPORT}).find(typed)


async def test_without_the_database_queues_and_numbers_outside_are_known() -> None:
    known = _Known()
    known.is_away = True
    numbers = Numbers(cast(Accounts, known), lambda: {SUPPORT})
    numbers.settings = PhoneSettings(FeatureCodes(), {"601": SUPPORT})
    assert await numbers.find("601") == Target(queue=SUPPORT)
    assert await numbers.find("201") == Target(number="201")
