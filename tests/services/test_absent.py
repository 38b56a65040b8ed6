"""What `./run up` says when a part that somebody else runs is not there."""

import json
import sys
from pathlib import Path

import pytest

from hub.services.absent import absent_parts
from hub.services.errors import ServiceError, StartFailed
from hub.services.hub import HubService
from tests.support.ports import free_port

_ENVIRONMENT = {
    "TORITSUGI_REDIS_URL": "redis://:geheim@cache.example:6379/0",
    "TORITSUGI_ARI_URL": "http://pbx.example:8088/ari",
    "TORITSUGI_DATABASE_URL": "postgresql+asyncpg://hub:geheim@db.example/hub?password=geheim",
}


@pytest.mark.parametrize(
    ("part", "address", "remedy"),
    [
        ("redis", "redis://cache.example:6379/0", "Start that Redis"),
        ("asterisk", "http://pbx.example:8088/ari", "Start that Asterisk"),
        ("database", "postgresql+asyncpg://db.example/hub", "Start that database"),
        ("speech", "", ""),
    ],
)
def test_each_part_is_named_with_its_address_and_what_to_do(part: str, address: str, remedy: str) -> None:
    there = {"ready": True, "since_ms": 0, "why": ""}
    parts = {"http": there, part: {"ready": False, "since_ms": 0, "why": "no answer"}}
    said = absent_parts(_ENVIRONMENT, json.dumps({"ready": False, "parts": parts}).encode())
    assert said.startswith(f"{part} at {address} is not there: no answer." if address else f"{part} is not")
    assert remedy in said
    assert "geheim" not in said
    assert len(said.splitlines()) == 1


_HUB = """
import http.server, sys
class Hub(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b'{"ready": false, "parts": {"redis": {"ready": false, "why": "no Redis"}}}')
if sys.argv[1] == "serve":
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Hub).serve_forever()
"""


def test_a_hub_that_does_not_become_ready_says_what_it_misses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(free_port())
    environment = {**_ENVIRONMENT, "TORITSUGI_HTTP_HOST": "127.0.0.1", "TORITSUGI_HTTP_PORT": port}
    monkeypatch.setattr("hub.services.hub._START_S", 5.0)
    monkeypatch.setattr(HubService, "_command", lambda _, verb: (sys.executable, "-c", _HUB, verb, port))
    hub = HubService(tmp_path, environment)
    with pytest.raises(StartFailed) as raised:
        hub.start()
    assert "redis at redis://cache.example:6379/0 is not there: no Redis. Start that" in str(raised.value)
    assert hub.daemon.pid is None


def test_a_database_that_is_not_there_is_named_before_the_hub_starts(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}/hub"
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "TORITSUGI_DATABASE_URL": f"postgresql+asyncpg://hub:geheim@{address}",
        "TORITSUGI_SECRET_KEY": "k" * 32,
    }
    with pytest.raises(ServiceError) as raised:
        HubService(tmp_path, environment).start()
    said = str(raised.value)
    assert said.startswith(f"database at postgresql+asyncpg://{address} is not there: "), said
    assert "TORITSUGI_DATABASE_URL" in said
    assert "geheim" not in said
