"""What a call costs through Stasis, by the way into ARI: `python -m bench.ari_clients`.

SIPp calls an Asterisk of its own; a program answers each call and hangs it up (`bench.ari_programs`).

- `*_calls_per_s`: highest of `RATES` that held for `STEP_S` seconds, at the second try at the latest,
  without a failed call.
- `*_answer_ms_p50`, `_p99`: StasisStart read to answer acknowledged, at `CALM_RATE` calls a second.
- `*_cpu_ms_per_call`: the program's processor time at that rate.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from bench.ari_programs import Delays, Program, programs
from bench.report import print_report
from bench.sip_load import CALLERS, SipAddress, place_calls
from bench.voice_figures import failed, percentile
from bench.voice_targets import DIALLED, with_rtp_ports
from tests.support.asterisk import AsteriskNode, asterisk_node
from tests.support.ports import free_port

RATES = (100, 200, 300, 400, 600)
STEP_S = 3.0
CALM_RATE = 100
PATIENCE_MS = 2_000


async def measure(node: AsteriskNode, program: Program) -> dict[str, float]:
    """Measure one program against a running Asterisk that nobody else uses."""
    delays: Delays = []
    async with program(node, delays):
        await _failed_at(node, CALM_RATE / 2)  # warm up both sides
        delays.clear()
        began_s = time.process_time()
        await _failed_at(node, CALM_RATE)
        figures = {
            "cpu_ms_per_call": (time.process_time() - began_s) * 1000 / (CALM_RATE * STEP_S),
            "answer_ms_p50": percentile(delays, 50),
            "answer_ms_p99": percentile(delays, 99),
            "calls_per_s": 0.0,
        }
        for rate in RATES:
            if await _failed_at(node, rate) and await _failed_at(node, rate):
                break
            figures["calls_per_s"] = rate
    return figures


async def _failed_at(node: AsteriskNode, rate: float) -> int:
    moments = await place_calls(
        SipAddress(node.sip_host, node.sip_port),
        DIALLED,
        source=SipAddress(CALLERS, free_port()),
        rate=rate,
        calls=int(rate * STEP_S),
        patience_ms=PATIENCE_MS,
    )
    return failed(moments)


async def main() -> None:
    figures: dict[str, float] = {}
    for name, program in programs().items():
        with tempfile.TemporaryDirectory(prefix="tt-", dir="/tmp", ignore_cleanup_errors=True) as folder:
            node = asterisk_node(Path(folder) / "asterisk")
            node.service = with_rtp_ports(node.service)
            await asyncio.to_thread(node.service.start)
            try:
                measured = await measure(node, program)
            finally:
                await asyncio.to_thread(node.service.stop)
        print(f"{name}: {measured}")
        figures |= {f"{name}_{figure}": value for figure, value in measured.items()}
    print_report("ari_clients", figures)


if __name__ == "__main__":
    asyncio.run(main())
