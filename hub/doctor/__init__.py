"""Comparing all that holds a part of the truth: hub, Redis, Asterisk, database; and bringing it to agree."""

from hub.doctor.doctor import Doctor, Examined, Repaired
from hub.doctor.kinds import Difference, Kind, Part

__all__ = ["Difference", "Doctor", "Examined", "Kind", "Part", "Repaired"]
