"""The files are read anew while the hub runs, and taken over: all of them, or none."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from acd.errors import SettingsError
from acd.policy import RoutingSettings
from crm_bridge.knowledge import Knowledge
from hub.assembly import Hub
from hub.configuration import read_config, read_knowledge, read_phones
from hub.feature_conf import PhoneSettings
from hub.ready_prompts import logged, ready_prompts
from hub.texting.bot_conf import BotRules, read_bots
from hub.texting.templates import Templates, read_templates
from hub.triage import TriageRules, read_triage
from hub.trunks_conf import Trunk, read_trunks
from hub.understanding import Comprehension
from hub.webrtc.conf import WebRules, read_web
from ivr.errors import FlowError
from ivr.flow import Flow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """All that the files say. `go_over` has the gateways go over to theirs."""

    routing: RoutingSettings
    flow: Flow
    phones: PhoneSettings
    trunks: tuple[Trunk, ...]
    triage: TriageRules
    knowledge: Knowledge
    templates: Templates
    bots: BotRules
    web: WebRules
    comprehension: Comprehension | None
    go_over: Callable[[], None]


async def reload(hub: Hub, config_dir: Path) -> None:
    """Go by the files as they are now; with a fault in one of them, by what all were. Never raises."""
    try:
        files = await asyncio.to_thread(_read, hub, config_dir)
        _take_over(hub, files)
        await _make_ready(hub, files)
    except (SettingsError, FlowError) as error:
        for problem in error.problems:
            log.error("config.not_reloaded", problem=str(problem))
    except Exception:  # whatever is wrong with files, calls go on
        log.exception("config.reload_failed")


def _read(hub: Hub, config_dir: Path) -> _Files:
    """Read all files before any of them counts; raises `SettingsError` or `FlowError`."""
    routing, flow = read_config(config_dir)
    return _Files(
        routing=routing,
        flow=flow,
        phones=read_phones(config_dir),
        trunks=read_trunks(config_dir, routing.queues),
        triage=read_triage(config_dir, routing.queues),
        knowledge=read_knowledge(config_dir),
        templates=read_templates(config_dir, routing.queues),
        bots=read_bots(config_dir, routing.queues),
        web=read_web(config_dir, routing.queues),
        comprehension=hub.recognition.reread() if hub.recognition is not None else None,
        go_over=hub.texts.reread(),
    )


def _take_over(hub: Hub, files: _Files) -> None:
    hub.truth.go_by(files.routing, files.flow)
    hub.orders.numbers.settings = files.phones
    hub.node.trunks.go_by(files.trunks)
    hub.triage.rules, hub.words.knowledge = files.triage, files.knowledge
    hub.texts.desk.write_by(files.templates, files.bots)
    files.go_over()
    hub.web.go_by(files.web)
    log.info("config.reloaded", queues=len(files.routing.queues), sections=len(files.flow.sections))


async def _make_ready(hub: Hub, files: _Files) -> None:
    """Read aloud and learn what is new. Nothing is read from the files any more."""
    await hub.prompts.render_all(ready_prompts(files.routing, files.flow), logged())
    if hub.recognition is not None and files.comprehension is not None:
        await hub.recognition.go_by(files.flow, files.comprehension)
