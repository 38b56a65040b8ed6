"""How a broken invariant is told."""


class Violation(Exception):
    """An invariant does not hold; the message begins with its name."""


def require(holds: bool, message: str) -> None:
    if not holds:
        raise Violation(message)
