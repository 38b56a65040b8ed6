"""Reference numbers of cases, such as `T-4F7K-29`: short enough to be read out, with a check digit.

A number is what a customer quotes; it proves nothing about who he is.
"""

import re
import secrets
import unicodedata

ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""31 signs, without those that are taken for another. A prime: so the check digit finds every wrong sign

and every swap of two.
"""

_HEAD = 4
_TAIL_MIN, _TAIL_MAX = 2, 4
_DASHES = "-\u2010-\u2015\u2212ー"
_NUMBER = re.compile(
    rf"(?<![A-Z0-9])T[{_DASHES}]([A-Z0-9]{{{_HEAD}}})[{_DASHES}]([A-Z0-9]{{{_TAIL_MIN},{_TAIL_MAX}}})(?![A-Z0-9])",
    re.IGNORECASE | re.ASCII,
)
_MISREAD = str.maketrans("ILU", "11V")


def make(longer: int = 0) -> str:
    """Return a number by chance, `longer` (0 to 2) signs longer than usual; it may be taken already."""
    signs = [secrets.choice(ALPHABET) for _ in range(_HEAD + _TAIL_MIN - 1 + min(longer, 2))]
    whole = "".join(signs)
    return _written(whole + check_digit(whole))


def check_digit(signs: str) -> str:
    """Return the sign that belongs behind these, all of `ALPHABET`."""
    total = sum((place + 1) * ALPHABET.index(sign) for place, sign in enumerate(signs))
    return ALPHABET[total % len(ALPHABET)]


def find(text: str) -> str | None:
    """Return the first number in a text or subject, as `make` writes it.

    Half or full width, upper or lower case, and any dash will do; with a wrong check digit it is none.
    """
    for found in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        signs = "".join(found.groups()).upper().translate(_MISREAD)
        if all(sign in ALPHABET for sign in signs) and check_digit(signs[:-1]) == signs[-1]:
            return _written(signs)
    return None


def tagged(subject: str, case: str) -> str:
    """Return a subject that has the number in it, once."""
    return subject if find(subject) == case else f"[{case}] {subject}".rstrip()


def _written(signs: str) -> str:
    return f"T-{signs[:_HEAD]}-{signs[_HEAD:]}"
