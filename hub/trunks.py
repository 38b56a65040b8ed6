"""Which trunks a call to a number outside goes by, in which order, and what is seen of us."""

import re
from collections.abc import Sequence
from typing import Protocol

import phonenumbers
import structlog

from acd.ids import QueueName
from cti.ami import AmiError
from cti.ami_status import Registration
from cti.outside import Way
from hub.dialling import Identity
from hub.trunks_conf import NumberForm, StatedBy, Trunk, Withholding

log = structlog.get_logger()

_WITHHELD = {"CONNECTEDLINE(pres,i)": "prohib"}
"""From: Anonymous, and `Privacy: id` beside P-Asserted-Identity where the endpoint trusts its carrier."""


class TrunkState(Protocol):
    """What is known of trunks (`hub.contact_status.ContactStatuses` serves)."""

    def is_reachable(self, endpoint: str) -> bool | None: ...

    def registration(self, endpoint: str) -> Registration | None: ...

    async def channels_on(self, endpoint: str) -> int:
        """Count the channels of a trunk, now; raises `AmiError`."""


class Trunks:
    """The trunks of `trunks.conf`. `region` (ISO 3166) is where numbers are dialled.

    `template` (`Local/{number}@to-trunk/n`, see `TORITSUGI_CALLBACK_ENDPOINT`), if not empty, is the one
    way instead. `caller_id` is seen of us where no trunk says otherwise.
    """

    def __init__(
        self,
        trunks: Sequence[Trunk],
        state: TrunkState,
        *,
        region: str,
        template: str = "",
        caller_id: str = "",
    ) -> None:
        self._trunks, self._state, self._region = tuple(trunks), state, region
        self._template, self._caller_id = template, caller_id

    @property
    def names(self) -> list[str]:
        """Return the trunks' names in order."""
        return [trunk.name for trunk in self._trunks]

    def stated_by(self, name: str) -> StatedBy | None:
        """Return where a trunk says who calls, None for one whose word does not count."""
        return next((trunk.stated_by for trunk in self._trunks if trunk.name == name), None)

    def go_by(self, trunks: Sequence[Trunk]) -> None:
        """Take over what the file says now."""
        self._trunks = tuple(trunks)

    async def ways(
        self,
        number: str,
        *,
        queue: QueueName | None = None,
        identity: Identity = Identity.AS_USUAL,
    ) -> list[Way]:
        """Return the ways to a number (E.164, or short) in the order in which to try them; maybe none.

        In the order of the file, but those that are known not to be reachable or registered come last: what
        is known may be old. A trunk that carries as many calls as it may is left out.
        """
        if self._template:
            endpoint = self._template.format(number=number, national=at_home(number, self._region))
            variables = _WITHHELD if identity is Identity.WITHHELD else {}
            return [Way(endpoint, self._caller_id, variables)]
        dialled = at_home(number, self._region)
        able = [each for each in self._trunks if each.carries(dialled) and not await self._is_full(each)]
        able.sort(key=lambda trunk: not self._seems_up(trunk))  # stable: else as in the file
        return [self._way(trunk, number, dialled, trunk.seen_as(queue), identity) for trunk in able]

    def _way(self, trunk: Trunk, number: str, dialled: str, seen_as: str, identity: Identity) -> Way:
        match trunk.form:
            case NumberForm.NATIONAL:
                user = dialled
            case NumberForm.E164:
                user = number
            case NumberForm.DIGITS:
                user = number.removeprefix("+")
        variables: dict[str, str] = {}
        if trunk.withholding is Withholding.PREFIX and identity is not Identity.AS_USUAL:
            user = ("184" if identity is Identity.WITHHELD else "186") + dialled
        elif identity is Identity.WITHHELD:
            variables = dict(_WITHHELD)
        return Way(f"PJSIP/{user}@{trunk.name}", seen_as or self._caller_id, variables)

    def _seems_up(self, trunk: Trunk) -> bool:
        registration = self._state.registration(trunk.name)
        is_known = registration is None or registration.is_registered
        return is_known and self._state.is_reachable(trunk.name) is not False

    async def _is_full(self, trunk: Trunk) -> bool:
        if not trunk.max_calls:
            return False
        try:
            return await self._state.channels_on(trunk.name) >= trunk.max_calls
        except AmiError as error:
            log.warning("trunks.not_counted", trunk=trunk.name, reason=str(error))
            return False


def at_home(number: str, region: str) -> str:
    """Return an E.164 number as it is dialled in a region: `09012345678`, abroad `0101212…`; others as is."""
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number)
    if phonenumbers.region_code_for_number(parsed) == region:
        text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    else:
        text = phonenumbers.format_out_of_country_calling_number(parsed, region)
    return re.sub(r"\D", "", text)
