"""`toritsugi serve` and `migrate`: the hub's process, and what it needs before it."""

import asyncio

from hub.cli.output import failing_plainly, note
from hub.settings import BaseHubSettings, Settings, load_settings


def serve() -> None:
    """Run the hub until SIGTERM or SIGINT; a second signal ends it at once."""
    from hub.app import serve as serve_hub  # the whole hub, which `migrate` does not need
    from hub.cli.running import run_until_signalled
    from hub.logs import configure_logs

    with failing_plainly():
        settings = load_settings(Settings)
        configure_logs(settings.log_level, personal=settings.log_personal)
        run_until_signalled(serve_hub(settings))


def migrate() -> None:
    """Bring the database up to date."""
    from hub.database import migrate as migrate_database

    with failing_plainly():
        settings = load_settings(BaseHubSettings)
        revision = asyncio.run(migrate_database(settings.database_url))
        note(f"The database is at revision {revision}.")
