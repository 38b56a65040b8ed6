"""`python -m hub.migrations.revision "what changed"`: write the step from the last revision to the tables.

It compares with a throw-away SQLite database at the last revision. Read what it wrote before using it.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from hub.database import migrate, run_alembic

_VERSIONS = Path(__file__).parent / "versions"


async def revise(message: str) -> None:
    """Write a revision file into `versions/`, numbered on from the last."""
    number = f"{len(list(_VERSIONS.glob('[0-9]*.py'))) + 1:04}"
    with tempfile.TemporaryDirectory(prefix="toritsugi-") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'revision.db'}"
        await migrate(url)
        await run_alembic(
            url, lambda config: command.revision(config, message=message, autogenerate=True, rev_id=number)
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m hub.migrations.revision "what changed"')
    asyncio.run(revise(sys.argv[1]))
    subprocess.run(  # noqa: S603 - no shell; our own tool
        [sys.executable, "-m", "ruff", "format", "--quiet", str(_VERSIONS)], check=True
    )
