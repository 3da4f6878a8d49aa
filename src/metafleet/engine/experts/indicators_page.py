"""`python -m metafleet.engine.experts.indicators_page` prints docs/reference/indicators.md."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Final

from metafleet.engine.experts import indicators
from metafleet.engine.experts.indicators import Indicator

_GROUPS: Final[dict[str, tuple[type[Indicator], ...]]] = {
    "Averages": (indicators.SMA, indicators.EMA, indicators.WMA, indicators.SMMA),
    "Oscillators": (
        *(indicators.RSI, indicators.MACD, indicators.Stochastic),
        *(indicators.Momentum, indicators.RateOfChange),
    ),
    "Direction": (indicators.ADX, indicators.WilderADX),
    "Ranges and deviation": (
        *(indicators.ATR, indicators.WilderATR, indicators.StandardDeviation),
        *(indicators.Highest, indicators.Lowest),
    ),
    "Bands": (indicators.Bollinger, indicators.Donchian, indicators.Keltner),
    "One's own": (indicators.Custom,),
}

_HEAD: Final = """# Indicators

Made by `make generate` from the indicators' own descriptions (`metafleet.engine.experts.indicators`).

An indicator is declared by its name and parameters, and is a value: the same name and parameters are the same
series, computed once. In the tester it is computed over the whole history at once, live with each closed bar,
**and both ways give the same values to the last bit**. Bars are closed ones, oldest first; bar 0 is the first
that there is. Prices, averages, ranges and deviations are in price units. Where there is no value yet it is
`nan`, which is neither above nor below anything.

```python
from metafleet.engine.experts.indicators import SMA, Bollinger

upper, middle, lower = Bollinger(20, 2.0).over(columns)  # arrays as long as the columns
step = SMA(20).begin().step
value = step(open, high, low, close, volume)  # of one more closed bar: a float, a tuple where there are lines
```

Definitions are MetaTrader's; where others differ the text says so. A parameter that makes no sense is refused
when the indicator is declared (`IndicatorMisdeclared`).

- **`source`** is the price that an indicator is of, as MetaTrader's ENUM_APPLIED_PRICE: `close`, `open`,
  `high`, `low`, `median` (h + l) / 2, `typical` (h + l + c) / 3, `weighted` (h + l + 2 c) / 4.
- **Windowed** indicators are those of the newest bars alone: what came before changes no bit, and a stepper
  that was fed `warm_up` bars and one gives what a long history gives. They are put together from halves in an
  order that the period alone gives; in a flat market their averages are exactly the price and their deviation
  exactly 0.
- **Carried on** are those that every bar before has a part in, from bar 0 on: two histories that begin on
  different days differ by a little, which fades. `is_windowed` says which is which.
- `warm_up` is the number of bars before all lines have a value.
- Stepping needs no NumPy, which runners do not have; `over` does, and `Custom` does in either way.
"""


def page() -> str:
    return "\n".join(_parts()).rstrip() + "\n"


def _parts() -> Iterator[str]:
    yield _HEAD
    yield "| indicator | lines | kind | |\n|---|---|---|---|"
    for kinds in _GROUPS.values():
        for kind in kinds:
            summary = _paragraphs(kind)[0].partition(":")[0].rstrip(".").replace("|", r"\|")
            way = "windowed" if kind.is_windowed else "carried on"
            yield f"| [`{_declared(kind)}`](#{kind.__name__.lower()}) | {_lines(kind)} | {way} | {summary} |"
    for name, kinds in _GROUPS.items():
        yield f"\n## {name}"
        for kind in kinds:
            yield f"\n### {kind.__name__}\n\n`{_declared(kind)}`: {_lines(kind)}\n"
            yield "\n\n".join(_paragraphs(kind))


def _declared(kind: type[Indicator]) -> str:
    """Return how it is written, with the parameters' defaults."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]  # every indicator is a dataclass
    given = ("" if field.default is dataclasses.MISSING else f"={field.default!r}" for field in fields)
    words = ", ".join(field.name + default for field, default in zip(fields, given, strict=True))
    return f"{kind.__name__}({words})".replace("'", '"')


def _lines(kind: type[Indicator]) -> str:
    if kind.__name__ == indicators.Custom.__name__:
        return "those that it is given"
    return ", ".join(f"`{line}`" for line in kind.lines)


def _paragraphs(kind: type[Indicator]) -> list[str]:
    text = inspect.cleandoc(kind.__doc__ or "").replace("\nSource: ", "\n\nSource: ")
    return [paragraph.strip() for paragraph in text.split("\n\n")]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
