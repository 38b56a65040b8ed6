"""What Asterisk writes beside a fax: lines of `name=value`. Pure."""

from typing import Self

import msgspec

_WRONG_NUMBER = frozenset({1, 22, 28})
"""Q.850: no such number, changed, incomplete."""
_COUNT_MAX = 100_000_000_000


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A fax, as far as it is. Times are Unix time in seconds, 0 for not known.

    `dial` is what became of our call where nobody answered it (Dial's words), `cause` of Q.850 then;
    `status`, `error`, `reason` are what res_fax says, `rate` is in bit/s, `mode` is `audio` or `T38`.
    `number` is the caller's, `station` what the other machine calls itself: nobody has checked that.
    """

    line: str = ""
    dialled: str = ""
    number: str = ""
    began: int = 0
    dial: str = ""
    cause: int = 0
    status: str = ""
    error: str = ""
    reason: str = ""
    pages: int = 0
    rate: int = 0
    station: str = ""
    mode: str = ""
    ended: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what is written so far; what cannot be read is left out."""
        values: dict[str, str | int] = {}
        for each in text.splitlines():
            name, is_there, value = each.partition("=")
            if not is_there or name not in cls.__struct_fields__:
                continue
            if not isinstance(getattr(_EMPTY, name, ""), int):
                values[name] = value.strip()[:200]
            elif value.isascii() and value.isdecimal() and int(value) < _COUNT_MAX:
                values[name] = int(value)
        return msgspec.convert(values, cls)

    @property
    def is_over(self) -> bool:
        return self.ended > 0

    @property
    def is_whole(self) -> bool:
        """Whether all pages came over, as the two machines agreed."""
        return self.status == "SUCCESS"

    @property
    def is_trunk_s_fault(self) -> bool:
        """Whether another trunk may reach the number."""
        return self.dial in ("CHANUNAVAIL", "CONGESTION") and not self.is_wrong_number

    @property
    def is_wrong_number(self) -> bool:
        return self.dial in ("CHANUNAVAIL", "CONGESTION") and self.cause in _WRONG_NUMBER

    @property
    def result(self) -> str:
        """Return how it went, in one word: `complete`, `busy`, `no_answer`, `no_fax`, `cut_off`...

        `no_fax`: nobody was heard who says what station it is, as fax machines do before the first page.
        """
        if self.is_whole:
            return "complete"
        if self.dial:
            told = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer"}
            return "wrong_number" if self.is_wrong_number else told.get(self.dial, "unreachable")
        if self.pages:
            return "cut_off"
        return "failed" if self.station else "no_fax"


_EMPTY = Report()
