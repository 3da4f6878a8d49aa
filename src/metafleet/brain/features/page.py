"""`python -m metafleet.brain.features.page` prints docs/reference/features.md."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from metafleet.brain import features
from metafleet.brain.features import Feature

_HEAD: Final = """# Features

Made by `make generate` from the features' own descriptions (`metafleet.brain.features`).

A feature is a named function of closed bars. Training, serving and an exported model inside MetaTrader
compute the same one, **and it is the same to the last bit**, whatever history came before
([why](../decisions/065-features.md)).

```python
from metafleet.brain import features

names = ("return_1", "atr_14", "efficiency_20")
columns = features.matrix(names, rates, spec=EURUSD)  # float32, (bars, features)
row = features.newest(names, rates, spec=EURUSD)  # float32, (features,): of the last look_back(names) bars
```

- **Look-back** is the number of closed bars that a feature looks at, the newest included. Before there are so
  many it is `nan`; after that it is always a finite number, flat bars and gaps included. What it says where a
  quotient has nothing to divide by stands in its formula.
- Bars are counted, not hours: over a weekend the bar before Monday's first is Friday's last. Times are those
  of the server's clock, and of a bar's opening.
- **ATR 14** is the simple mean of the last 14 true ranges, in price units.
- Reckoned in float64, rounded once, to the float32 that models are given.
- Some need more than the symbol's bars: bars of other symbols **beside** it (of the same timeframe), or a
  **calendar** of scheduled events. Neither is a must; what a feature says without stands in its formula.
"""


def page() -> str:
    return "\n".join(_parts()).rstrip() + "\n"


def _parts() -> Iterator[str]:
    yield _HEAD.rstrip()
    declared = map(features.about, features.names())
    for family, members in groupby(declared, key=lambda feature: feature.family):
        yield f"\n## {family}\n\n| name | unit | look-back | formula | source |\n|---|---|--:|---|---|"
        yield from map(_row, members)


def _row(feature: Feature) -> str:
    needs = "".join(f" Needs: {need}." for need in feature.needs)
    cells = (
        f"`{feature.name}`",
        feature.unit,
        str(feature.look_back),
        feature.formula + needs,
        feature.source,
    )
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
