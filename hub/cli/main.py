"""All commands, put together."""

import asyncio

import typer

from hub.cli import agents, config, customers, intents, ivr, prompts, queue, recordings, sip, speech
from hub.cli.audit import audit
from hub.cli.doctor import doctor
from hub.cli.explain import explain
from hub.cli.output import failing_plainly, note
from hub.cli.running import run_until_signalled
from hub.cli.softphone import softphone
from hub.database import migrate as migrate_database
from hub.logs import configure_logs
from hub.settings import BaseHubSettings, Settings, load_settings

app = typer.Typer(
    name="toritsugi",
    help="The contact hub: serves, and administers what it serves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(agents.app, name="agent")
app.add_typer(config.app, name="config")
app.add_typer(customers.app, name="customer")
app.add_typer(intents.app, name="intents")
app.add_typer(ivr.app, name="ivr")
app.add_typer(prompts.app, name="prompts")
app.add_typer(queue.app, name="queue")
app.add_typer(recordings.app, name="recording")
app.add_typer(sip.blocked, name="blocked")
app.add_typer(speech.app, name="speech")


@app.command()
def serve() -> None:
    """Run the hub until SIGTERM or SIGINT; a second signal ends it at once."""
    from hub.app import serve as serve_hub  # the whole hub, which no other command needs

    with failing_plainly():
        settings = load_settings(Settings)
        configure_logs(settings.log_level, personal=settings.log_personal)
        run_until_signalled(serve_hub(settings))


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    with failing_plainly():
        settings = load_settings(BaseHubSettings)
        revision = asyncio.run(migrate_database(settings.database_url))
        note(f"The database is at revision {revision}.")


app.command()(explain)
app.command()(softphone)
app.command()(sip.phones)
app.command()(sip.trunks)
app.command()(doctor)
app.command()(audit)
