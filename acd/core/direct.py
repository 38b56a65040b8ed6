"""Contacts for one agent by name: transferred, consulted about, dialled, picked up, handed over."""

from acd.core.step import Step
from acd.events import ContactHandedOver, ContactParked, ContactPickedUp


def handed_over(step: Step, event: ContactHandedOver) -> None:
    step.refuse(event, "not_yet", contact=event.contact)


def parked(step: Step, event: ContactParked) -> None:
    step.refuse(event, "not_yet", contact=event.contact)


def picked_up(step: Step, event: ContactPickedUp) -> None:
    step.refuse(event, "not_yet", contact=event.contact)
