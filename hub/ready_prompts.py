"""What can be read aloud before anybody calls, and how far that has come."""

import time
from collections.abc import Callable

import structlog

from acd.policy import RoutingSettings
from hub.recordings.announcements import prompts_of_queues
from hub.texts import prompts_of
from ivr.flow import Flow, Prompt
from ivr.prompts import Progress

log = structlog.get_logger()

_EVERY_S = 5.0


def ready_prompts(routing: RoutingSettings, flow: Flow) -> list[Prompt]:
    """Return all that menus, queues and the hub itself say in the same words to every caller."""
    found = (*flow.prompts(), *prompts_of(flow.languages), *prompts_of_queues(routing.queues.values()))
    return list(dict.fromkeys(found))


def logged(clock: Callable[[], float] = time.monotonic) -> Progress:
    """Return a progress that logs how far it is, every few seconds."""
    logged_s = clock()

    def progress(done: int, total: int) -> None:
        nonlocal logged_s
        if clock() - logged_s >= _EVERY_S:
            logged_s = clock()
            log.info("prompts.rendering", done=done, total=total)

    return progress
