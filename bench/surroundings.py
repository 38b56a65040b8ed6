"""What a hub that is measured has round it: an Asterisk, a Redis and simulated providers of its own."""

import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.fakes.providers import ProviderSimulator
from tests.support.asterisk import AsteriskNode, asterisk_node
from tests.support.hub import RunningHub, prepared_hub
from tests.support.redis import redis_service


@dataclass(frozen=True, slots=True)
class Surroundings:
    """They are in a folder of their own, which goes with them."""

    folder: Path
    node: AsteriskNode
    redis_url: str
    simulator: ProviderSimulator

    @classmethod
    async def begin(cls, stack: AsyncExitStack) -> Self:
        """Start all; the stack ends them."""
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tb-")))
        node, redis = asterisk_node(folder / "asterisk"), redis_service(folder / "redis")
        for service in (node.service, redis):
            service.start()
            stack.callback(service.stop)
        simulator = await stack.enter_async_context(ProviderSimulator())
        return cls(folder, node, redis.url, simulator)

    async def hub(
        self, config_dir: Path, *, database_url: str | None = None, **environment: str
    ) -> RunningHub:
        """Prepare a hub, with a new SQLite unless a database is named."""
        return await prepared_hub(
            self.folder,
            self.node,
            self.redis_url,
            self.simulator,
            config_dir=config_dir,
            database_url=database_url,
            **environment,
        )
