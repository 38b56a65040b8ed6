"""Supervisors change agents' presence and log them off, as the floor and the command line see it."""

import asyncio
import json
import os
import sys

import pytest

from cti.softphone import CallState
from hub.audit import AuditLog, Deed
from hub.database import create_engine
from tests.failures.floor import Agent, Floor
from tests.supervision.test_listening import over, talk

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def test_presence_is_changed_and_shown(floor: Floor, mori: Agent) -> None:
    seen = len(floor.sato.desktop.events)
    wanted = {"presence": "available", "reason": "needed"}
    assert await mori.desktop.send("PUT", "/agents/sato/presence", wanted) == 204
    shown = await floor.sato.desktop.wait("presence", after=seen)
    assert (shown["presence"], shown["reason"]) == ("available", "needed")
    directory = await floor.tanaka.desktop.get("/directory")
    (sato,) = (each for each in directory["agents"] if each["id"] == "sato")
    assert (sato["presence"], sato["reason"], sato["is_on_call"]) == ("available", "needed", False)
    assert await floor.tanaka.desktop.send("PUT", "/agents/sato/presence", wanted) == 403


async def test_who_is_logged_off_keeps_his_call_to_its_end(floor: Floor, mori: Agent) -> None:
    caller, call, contact = await talk(floor)
    calls = (await mori.desktop.get("/calls"))["calls"]
    assert [(each["contact"], each["agent"], each["state"]) for each in calls] == [
        (contact, "sato", "connected")
    ]
    assert (await floor.tanaka.desktop.get("/calls"))["calls"] == []
    assert await mori.desktop.send("POST", "/agents/sato/log-off") == 204
    assert await floor.sato.desktop.closed() == 1008
    assert await floor.sato.desktop.send("GET", "/me") == 401
    directory = await mori.desktop.get("/directory")
    (sato,) = (each for each in directory["agents"] if each["id"] == "sato")
    assert (sato["presence"], sato["is_on_call"]) == ("offline", True)
    assert CallState.ANSWERED is caller.state is call.state
    await floor.sign_in()
    (mine,) = (await floor.sato.desktop.wait("welcome"))["contacts"]
    assert (mine["id"], mine["state"]) == (contact, "connected")
    await caller.hang_up()
    await over(call)
    await floor.sato.wraps_up(contact)
    engine = create_engine(floor.hub.database_url)
    try:
        entries = await AuditLog(engine).entries(actor="mori", deed=Deed.LOG_OFF)
    finally:
        await engine.dispose()
    assert [each.subject for each in entries] == ["sato"]
    assert json.dumps([dict(each.detail) for each in entries]) == "[{}]"


async def test_the_command_line_does_the_same(floor: Floor) -> None:
    await floor.sato.away()
    assert "sato is available." in await _toritsugi(floor, "agent", "presence", "sato", "available")
    await floor.sato.desktop.wait("presence", lambda event: event["presence"] == "available")
    assert "sato is signed off." in await _toritsugi(floor, "agent", "log-off", "sato")
    await floor.sato.desktop.wait("presence", lambda event: event["presence"] == "offline")
    assert await floor.sato.desktop.send("GET", "/me") == 401
    refused = await _toritsugi(floor, "agent", "presence", "sato", "available")
    assert "sato is not signed in" in refused
    log = await _toritsugi(floor, "audit", "--subject", "sato", "--limit", "2")
    lines = [line.split("\t") for line in log.splitlines()]
    assert [line[2] for line in lines] == ["log_off", "change_presence"]
    assert lines[0][1].startswith("console:")
    await floor.sign_in()


async def _toritsugi(floor: Floor, *arguments: str) -> str:
    """Run a command as an administrator does; returns what it prints."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.cli",
        *arguments,
        env={**os.environ, **floor.hub.service.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await program.communicate()
    return printed.decode()
