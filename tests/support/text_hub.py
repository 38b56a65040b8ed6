"""A hub that serves texts and has no Asterisk: it is there in seconds."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from hub.services.hub import HubService
from tests.support.asterisk import AsteriskNode
from tests.support.ports import free_port


@dataclass(frozen=True, slots=True)
class TextHub(HubService):
    """A hub that serves as soon as all but Asterisk is there. Its database is up to date (`prepared_hub`)."""

    def _migrate(self) -> None:
        """Do nothing: to begin the program takes as long as all else."""

    def is_ready(self) -> bool:
        is_ready, missing = self._readiness()
        return is_ready or all(line.strip().startswith("asterisk at") for line in missing.splitlines())


def no_asterisk(state: Path) -> AsteriskNode:
    """Return a node where nothing listens."""
    settings = SimpleNamespace(agents_file=state / "agents.conf")
    node = SimpleNamespace(
        service=SimpleNamespace(settings=settings),
        ari_url=f"http://127.0.0.1:{free_port()}/ari",
        ari_user="hub",
        ari_password="x",
        ari_app="toritsugi",
        ami_host="127.0.0.1",
        ami_port=free_port(),
        ami_user="hub",
        ami_password="x",
        sip_host="127.0.0.1",
        node="pbx1",
        state=state,
    )
    return cast(AsteriskNode, node)
