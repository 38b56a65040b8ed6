"""The hub as a service: everything opened, run side by side, and closed in reverse."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from acd.ids import ContactId
from acd.router import Acd
from crm_bridge.contacts import Contacts
from hub.assembly import Hub, assemble
from hub.configuration import read_config, read_phones
from hub.database import create_engine
from hub.explained import ContactRouting
from hub.history import RoutingHistory
from hub.http.app import create_http
from hub.ready_prompts import logged, ready_prompts
from hub.reload import reload
from hub.routing_view import RoutingView
from hub.settings import Settings
from ivr.flow import Flow
from ivr.tts.engine import VOICES

log = structlog.get_logger()

_HTTP_S = 2.0


async def serve(settings: Settings) -> None:
    """Run the hub until cancelled; raises `SettingsError` or `FlowError` for files that cannot be used."""
    (routing, flow), phones = read_config(settings.config_dir), read_phones(settings.config_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database_url)
    hub = assemble(settings, engine, routing, flow)
    _spare_the_collector()
    hub.orders.numbers.settings = phones
    try:
        await hub.node.roll.refresh()  # so that the router is not told of fewer members first
        async with _listening(hub, settings), asyncio.TaskGroup() as tasks:
            _reload_on_hangup(hub, settings.config_dir, tasks)
            for service in (
                hub.acd.run(),
                hub.performer.run(),
                hub.journal.run(),
                hub.witnesses.run(),
                hub.audit.keep(settings.audit_days),
                hub.texts.run(),
                *((hub.chat.run(),) if hub.chat is not None else ()),
                *((hub.fax.run(),) if hub.fax is not None else ()),
                hub.words.run(),
                hub.web.run(),
                hub.node.run(),
                hub.recordings.run(),
                hub.files.keeper.run(),
                hub.seats.run(),
                hub.relay.run(),
                hub.phones.run(),
                hub.calls.announcer.run(),
                hub.watch.run(),
                hub.prompts.run(),
                _prepare_prompts(hub, flow),
            ):
                tasks.create_task(service)
            if hub.recognition is not None:
                tasks.create_task(hub.recognition.run(flow))
    finally:
        await _close(hub)


async def explain(settings: Settings, contact: ContactId) -> ContactRouting | None:
    """Look from outside where a contact stands and how it came there; None if there never was one."""
    acd, engine = Acd(settings.redis_url), create_engine(settings.database_url)
    try:
        return await RoutingView(acd, RoutingHistory(engine), Contacts(engine)).explain(contact)
    finally:
        await acd.close()
        await engine.dispose()


def _spare_the_collector() -> None:
    """Take what was imported and made so far, which stays, out of what is searched for garbage."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _listening(hub: Hub, settings: Settings) -> AsyncIterator[None]:
    """Serve HTTP for the time of the block; desktops are told before the listening ends."""
    runner = web.AppRunner(create_http(hub.http), access_log=None, shutdown_timeout=_HTTP_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http_host, settings.http_port).start()
        log.info("hub.listening", url=settings.public_url)
        yield
    finally:
        await hub.desktops.close()
        await runner.cleanup()


async def _prepare_prompts(hub: Hub, flow: Flow) -> None:
    """Synthesise what the menus say, and keep the voices warm."""
    await hub.speech.warm_up(VOICES.items())
    failures = await hub.prompts.render_all(ready_prompts(hub.truth.files, flow), logged())
    log.info("prompts.ready", failed=len(failures))


def _reload_on_hangup(hub: Hub, config_dir: Path, tasks: asyncio.TaskGroup) -> None:
    """SIGHUP: go by the files as they are now."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, lambda: tasks.create_task(reload(hub, config_dir)))


async def _close(hub: Hub) -> None:
    """Close in reverse; calls stay up in Asterisk."""
    asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
    await hub.calls.waiting.close()
    await hub.calls.lost_phones.close()
    await hub.calls.found_talks.close()
    await hub.orders.close()
    await hub.calls.recordings.close()
    if hub.calls.transcripts is not None:
        await hub.calls.transcripts.close()
    if hub.recognition is not None:
        await hub.recognition.close()
    await hub.web.close()
    await hub.node.close()
    await hub.prompts.close()
    await hub.speech.close()
    if hub.chat is not None:
        await hub.chat.close()
    await hub.texts.close()
    await hub.relay.close()
    await hub.acd.close()
    await hub.engine.dispose()
