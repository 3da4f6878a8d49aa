"""`python -m metafleet.hub.gateway`: serve the gateway until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import sys

from metafleet.hub.gateway.server import run
from metafleet.wire import bridge


def main(arguments: list[str] | None = None) -> int:
    """Serve, and return the process's exit code."""
    options = _parser().parse_args(arguments)
    return 0 if run(options.app, options.host, options.port, options.bridge, options.log_level) else 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m metafleet.hub.gateway", description="The gateway.")
    parser.add_argument("--app", default="metafleet.hub.gateway.asgi:app")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--bridge", type=bridge.parse, help="listen for containers too, as 172.31.240.1/20")
    parser.add_argument("--log-level", default="info", choices=("info", "warning", "error"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
