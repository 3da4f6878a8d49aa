"""Grid Trading: fade moves away from the mean on a symmetric grid, with stops everywhere."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import Position
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators import Atr, RollingMean
from metafleet.engine.experts.inputs import Input, InputRefused, InputValue
from metafleet.engine.experts.sizing import normal_volume
from metafleet.engine.market.records import Bar, Tick

RETRY_AFTER_MSC: Final = 10_000
"""Market milliseconds without new orders after a refused one, so that no tick storm repeats it."""

MAX_SPREAD_SHARE: Final = 0.4
"""Of a step: with a wider spread nothing is opened, because the target would pay for little else."""

_COMMENT: Final = re.compile(r"grid (?P<anchor>\d+(?:\.\d+)?) (?P<step>\d+) (?P<level>[+-]\d+)")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the grid's lines lie. anchor: price; step_points: between two lines."""

    anchor: float
    step_points: int

    def comment(self, level: int, digits: int) -> str:
        """What an order of this grid says; `read_comment` reads it again after a restart."""
        return f"grid {self.anchor:.{digits}f} {self.step_points} {level:+d}"


def read_comment(comment: str) -> tuple[Frame, int] | None:
    """Return the grid and the level that an order's comment names, None for another's comment."""
    found = _COMMENT.match(comment)
    if found is None:
        return None
    return Frame(float(found["anchor"]), int(found["step"])), int(found["level"])


class GridTrading(Expert):
    """Sells above the anchor and buys below it; levels above are positive, below negative.

    All state stands in the open positions' comments and in the bars: a restarted EA
    knows its grid and which levels are taken.
    """

    slug = "grid"
    name = "Grid Trading"
    version = "1.0.0"
    category = "Grid"
    summary = "Fades moves away from the mean on a symmetric grid, with a stop on every position."
    description = (
        "Lays lines at equal distances above and below an anchor: the mean price of the last hour. It sells "
        "at lines above and buys at lines below, one position a line, each with its own target one step back "
        "and its own stop beyond the last line. While positions are open the grid stays where it is; once "
        "all are closed it follows the mean again, and waits while the market runs."
    )
    risk_note = (
        "Wins small amounts often and loses larger ones seldom: in a lasting trend every line on one side "
        "fills and all are stopped together. The basket stop closes everything at a loss limit, but a price "
        "gap can go beyond it. A smooth curve until then is the nature of a grid, no sign of safety."
    )
    symbols = ("GBPUSD", "EURUSD", "USDJPY", "XAUUSD")

    step_mode: str = Input(
        "points",
        title="Step from",
        choices=("points", "atr"),
        group="Grid",
        help="What sets the line distance.",
    )
    step_points: int = Input(60, title="Step", ge=5, le=100_000, unit="points", group="Grid")
    step_atr: float = Input(
        3.0, title="Step by ATR", ge=0.5, le=50.0, unit="ATR", group="Grid", help="Multiples of the M1 ATR."
    )
    atr_period: int = Input(60, title="ATR period", ge=5, le=400, unit="bars", group="Grid")
    max_levels: int = Input(4, title="Lines on each side", ge=1, le=20, unit="lines", group="Grid")
    anchor_minutes: int = Input(60, title="Anchor mean", ge=5, le=400, unit="minutes", group="Grid")
    volume: float = Input(0.02, title="Volume per line", gt=0.0, le=50.0, unit="lots", group="Risk")
    target_steps: float = Input(1.0, title="Target", ge=0.2, le=10.0, unit="steps", group="Exit")
    stop_steps: float = Input(2.0, title="Stop beyond last line", ge=0.5, le=20.0, unit="steps", group="Exit")
    basket_loss_percent: float = Input(
        2.0,
        title="Basket stop",
        gt=0.0,
        le=50.0,
        unit="% of balance",
        group="Risk",
        help="Closes every position of the grid when they are losing this much together.",
    )
    calm_minutes: int = Input(60, title="Calm time", ge=1, le=240, unit="minutes", group="Grid")
    calm_steps: float = Input(
        4.0,
        title="Calm range",
        ge=0.5,
        le=100.0,
        unit="steps",
        group="Grid",
        help="A new grid is begun only when the calm time's range was not larger than this.",
    )

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """A target must be nearer than the stop is from the outermost line's far side."""
        span = float(inputs["max_levels"]) + float(inputs["stop_steps"])
        if float(inputs["target_steps"]) > span:
            raise InputRefused(
                "target_steps", f"must be at most {span:g}, the grid's half width with its stop"
            )

    def on_start(self) -> None:
        """Feed the mean, the range and the ATR with history."""
        self._mean = RollingMean(self.anchor_minutes)
        self._atr = Atr(self.atr_period)
        self._recent: deque[Bar] = deque(maxlen=self.calm_minutes)
        self._fed_until_s = 0
        self._quiet_until_msc = 0
        wanted = max(self.anchor_minutes, self.atr_period * 4, self.calm_minutes)
        for bar in self.bars(wanted + 1)[:-1]:
            self._feed(bar)

    def on_bar(self, bar: Bar) -> None:
        """Let the anchor follow the market; it counts only while no position is open."""
        self._feed(bar)

    def on_tick(self, tick: Tick) -> None:
        """Guard the basket, then open the line that the price has reached, if it is free."""
        positions = self.positions
        if positions and self._is_basket_lost(positions):
            self._close_all(positions)
            return
        frame = self._frame(positions)
        if frame is None or tick.time_msc < self._quiet_until_msc or not self.desk.entries_allowed:
            return
        level = self._reached(frame, tick)
        if level != 0 and level not in self._taken(positions, frame):
            self._open_level(frame, level, tick)

    def _feed(self, bar: Bar) -> None:
        if bar.time_s > self._fed_until_s:
            self._fed_until_s = bar.time_s
            self._mean.update(bar.close)
            self._atr.update(bar.high, bar.low, bar.close)
            self._recent.append(bar)

    def _is_basket_lost(self, positions: list[Position]) -> bool:
        floating = sum(position.profit + position.swap for position in positions)
        if floating >= 0:
            return False
        return float(-floating) >= float(self.account.balance) * self.basket_loss_percent / 100.0

    def _close_all(self, positions: list[Position]) -> None:
        self.log(f"basket stop: closing {len(positions)} positions")
        for position in positions:
            self.close(position)

    def _frame(self, positions: list[Position]) -> Frame | None:
        """The open basket's grid, or with no position a new one around the mean of a calm market."""
        for position in positions:
            read = read_comment(position.comment)
            if read is not None:
                return read[0]
        step = self._step_points()
        if step is None or not self._mean.is_full or (not positions and not self._is_calm(step)):
            return None
        return Frame(round(self._mean.mean, self.symbol.digits), step)

    def _step_points(self) -> int | None:
        """Points between lines, at least what spread and stops level make sensible."""
        quote, atr, point = self.quote, self._atr.value, self.symbol.point
        if quote is None or atr is None:
            return None
        wanted = self.step_points if self.step_mode == "points" else round(atr * self.step_atr / point)
        return max(wanted, round((quote.ask - quote.bid) / point) + self.symbol.stops_level_points + 1)

    def _is_calm(self, step_points: int) -> bool:
        if len(self._recent) < self.calm_minutes:
            return False
        reach = max(bar.high for bar in self._recent) - min(bar.low for bar in self._recent)
        return reach <= self.calm_steps * step_points * self.symbol.point

    def _reached(self, frame: Frame, tick: Tick) -> int:
        """The outermost line that the price has reached, within the grid; 0 between the first two."""
        step = frame.step_points * self.symbol.point
        above = int((tick.bid - frame.anchor) / step + 1e-6)
        below = int((frame.anchor - tick.ask) / step + 1e-6)
        return min(above, self.max_levels) if above > 0 else -min(max(below, 0), self.max_levels)

    def _taken(self, positions: list[Position], frame: Frame) -> set[int]:
        """Lines that have a position; one whose comment a broker has changed counts by its price."""
        step = frame.step_points * self.symbol.point
        taken = set()
        for position in positions:
            read = read_comment(position.comment)
            nearest = round((position.price_open - frame.anchor) / step)
            taken.add(read[1] if read is not None else nearest)
        return taken

    def _open_level(self, frame: Frame, level: int, tick: Tick) -> None:
        step = frame.step_points * self.symbol.point
        if tick.ask - tick.bid > MAX_SPREAD_SHARE * step:
            return
        sign = 1.0 if level < 0 else -1.0
        price = tick.ask if level < 0 else tick.bid
        stop = frame.anchor - sign * (self.max_levels + self.stop_steps) * step
        if sign * (price - stop) < 0.5 * self.stop_steps * step:
            return
        spec = self.symbol
        volume = normal_volume(
            self.volume, minimum=spec.volume_min, maximum=spec.volume_max, step=spec.volume_step
        )
        target = price + sign * self.target_steps * step
        enter = self.buy if level < 0 else self.sell
        result = enter(volume, stop, target, frame.comment(level, spec.digits))
        if result.retcode != retcodes.DONE:
            self._quiet_until_msc = tick.time_msc + RETRY_AFTER_MSC
            self.log(f"line {level:+d} refused: {result.retcode} {result.comment}")
