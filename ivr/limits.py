"""From when on what is heard counts, and how often a proof may be tried."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hearing:
    """From which confidence on a spoken choice is done at once (`sure`), or asked back (`unsure`)."""

    sure: float = 0.6
    unsure: float = 0.28


@dataclass(frozen=True, slots=True)
class ProofLimits:
    """After `tries` wrong proofs of one customer, or from one number, none is looked at for `lock_s`."""

    tries: int = 5
    lock_s: int = 1800
