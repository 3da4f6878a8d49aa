"""Write, check and ship expert advisors (EAs).

    from metafleet.engine.experts import Bar, Expert, Input

    class Breakout(Expert):
        slug, name, symbols = "breakout", "Breakout", ("EURUSD",)
        lookback: int = Input(30, ge=5, le=300, unit="bars")

        def on_bar(self, bar: Bar) -> None:
            past = self.bars(self.lookback + 2)[:-2]  # without this bar and the forming one
            if past and bar.close > max(p.high for p in past) and not self.positions:
                self.buy(0.1, sl=bar.close - 0.0010, tp=bar.close + 0.0020)

`Disciplined` is an Expert of one position whose sizes, hours and limits are declared already.
The same object trades in the tester, on the paper terminal and on a real one; only
the `Desk` that it is given differs.
"""

from metafleet.engine.broker.records import Deal, OrderResult, Position
from metafleet.engine.experts.declaring import Declaration, DeclaredExpert, Past, Risk, Trail
from metafleet.engine.experts.discipline import Disciplined
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import Input, InputRefused, input_schema, parse_inputs
from metafleet.engine.experts.obeying import Limits
from metafleet.engine.experts.signals import Heard, Signal, Silence
from metafleet.engine.market.records import Bar, Tick

__all__ = [
    "Bar",
    "Deal",
    "Declaration",
    "DeclaredExpert",
    "Disciplined",
    "Expert",
    "Heard",
    "Input",
    "InputRefused",
    "Limits",
    "OrderResult",
    "Past",
    "Position",
    "Risk",
    "Signal",
    "Silence",
    "Tick",
    "Trail",
    "input_schema",
    "parse_inputs",
]
