"""A process that tries: pieces of work come as MessagePack on its standard input, each result is a line."""

from __future__ import annotations

import os
import sys

import msgspec

from metafleet.hub.advisor.evidence.trying import Work, do


def main() -> None:
    """Do all that is given, one after the other."""
    os.nice(10)  # deployments and alerts come first
    for piece in msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Work]):
        sys.stdout.buffer.write(msgspec.json.encode(do(piece)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
