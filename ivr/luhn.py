"""The check digit of card and customer numbers (ISO/IEC 7812-1, annex B)."""


def is_luhn(digits: str) -> bool:
    """Whether the last digit fits those before it."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
