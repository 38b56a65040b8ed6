"""Run the simulated providers on their own: `python -m tests.fakes --port 8090 --webhook-url URL`.

Prints one line of JSON with their addresses, then serves until it is stopped.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal

from tests.fakes.providers import ProviderSimulator
from tests.fakes.tls import untrusted


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="on 127.0.0.1; 0 (the default) chooses a free one"
    )
    parser.add_argument("--webhook-url", default="", help="where LINE's webhooks go; can be set later")
    parser.add_argument(
        "--untrusted-tls", action="store_true", help="serve https by a certificate that nobody believes"
    )
    for name in ("line-secret", "line-token", "sms-token"):
        variable = f"SIMULATOR_{name.upper().replace('-', '_')}"
        parser.add_argument(f"--{name}", default=os.environ.get(variable, f"simulated-{name}"))
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    simulator = ProviderSimulator(
        webhook_url=arguments.webhook_url,
        line_secret=arguments.line_secret,
        line_token=arguments.line_token,
        sms_token=arguments.sms_token,
        port=arguments.port,
        tls=untrusted() if arguments.untrusted_tls else None,
    )
    async with simulator:
        addresses = {
            "line_api_url": simulator.line_api_url,
            "sms_url": simulator.sms_url,
            "control_url": simulator.control_url,
        }
        print(json.dumps(addresses), flush=True)
        await stopped.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_arguments()))
