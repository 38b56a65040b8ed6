"""`bench text` prints what the benches of its parts measure, in one."""

import json
from pathlib import Path

import pytest

from bench import text

_BENCH = """
print("half way")
print('{"bench": "stub", "machine": {}, "figures": {"chat_sockets": 2000, "kib_per_socket": 23.0}}')
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs of tests lie that stand in for benches."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


async def test_figures_of_a_bench_of_its_own_come_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "stub_bench.py").write_text(_BENCH)
    assert await text.alone("stub_bench") == {"chat_sockets": 2000, "kib_per_socket": 23.0}
    printed = capsys.readouterr()
    assert (printed.out, "half way" in printed.err) == ("", True)


async def test_all_parts_are_in_one_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def alone(module: str) -> dict[str, float]:
        return {f"figure_of_{module}": 1.0}

    monkeypatch.setattr(text, "alone", alone)
    await text.main(["chat", "mail"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(report["figures"]) == {"figure_of_bench.chat", "figure_of_bench.mail"}
    with pytest.raises(SystemExit):
        await text.main(["everything"])


async def test_a_bench_that_fails_is_no_figure(folder: Path) -> None:
    (folder / "broken_bench.py").write_text("raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="broken_bench"):
        await text.alone("broken_bench")
