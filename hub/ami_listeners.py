"""Several listeners on one AMI link."""

from collections.abc import Callable, Mapping

import structlog

from cti.ami import AmiListener
from cti.ami_events import AmiEvent, DeviceState

log = structlog.get_logger()


class AmiListeners:
    """Hands on to each in turn (`cti.ami.AmiListener`); one that fails keeps no other from hearing."""

    def __init__(self, *listeners: AmiListener) -> None:
        self._listeners = listeners

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._each(lambda listener: listener.linked(states))

    def received(self, event: AmiEvent) -> None:
        self._each(lambda listener: listener.received(event))

    def unlinked(self) -> None:
        self._each(lambda listener: listener.unlinked())

    def _each(self, tell: Callable[[AmiListener], None]) -> None:
        for listener in self._listeners:
            try:
                tell(listener)
            except Exception:
                log.exception("ami.listener_failed", listener=type(listener).__name__)
