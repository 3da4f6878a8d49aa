"""What a trade costs in the tester: Python's instructions, which a busy machine does not change.

The EAs of `tester`, woken where they decide, over generated M1 bars. Of each: instructions and calls a trade,
from the order to the exit and all that is between, and the functions that most of them are spent in.

`python -m benchmarks bytecodes`
"""

from __future__ import annotations

import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any, Final
from unittest.mock import patch

from benchmarks.tester import ours
from benchmarks.tester.bars import generated
from benchmarks.tester.contest import Bars
from metafleet.engine.tester.striding import Striding
from metafleet.engine.tester.tests.averaged import Reversal, Stops

BARS: Final = 30_000
SHOWN: Final = 8


def main() -> int:
    bars = generated(BARS)
    for name, expert in (("reversal", Reversal), ("stops", Stops), ("grid", ours.Grid)):
        spent, calls, trades = counted(expert, bars)
        each = sum(spent.values()) / trades
        print(f"{name:10}{each:8,.0f} instructions a trade, {calls / trades:4.0f} calls; {trades} trades")
        for code, count in spent.most_common(SHOWN):
            print(f"{'':10}{count / trades:8,.0f} {code.co_qualname}")
    return 0


def counted(expert: type[Any], bars: Bars) -> tuple[Counter[CodeType], int, int]:
    """Return the instructions of each function while an EA trades, the calls, and the trades."""
    spent: Counter[CodeType] = Counter()
    calls = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal calls
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            calls += 1
        elif event == "opcode":
            spent[frame.f_code] += 1
        return trace

    run = Striding.run

    def traced(loop: Striding, until: int | None = None) -> None:
        sys.settrace(trace)
        try:
            run(loop, until)
        finally:
            sys.settrace(None)

    with patch.object(Striding, "run", traced):
        done = ours.tested(expert, bars, "wake")
    return spent, calls, max(1, sum(deal.entry == 1 for deal in done.deals))


if __name__ == "__main__":
    sys.exit(main())
