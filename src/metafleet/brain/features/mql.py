"""Features in MQL5: the functions that some need, and the one that fills an array with them.

All names begin with Mf; whoever writes a file for a model puts the model's name there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from metafleet.brain.features import arithmetic, windows
from metafleet.brain.features.catalogue import FAMILIES, about, look_back

_FUNCTION: Final = re.compile(r"\b(Mf\w+)\(")

_STRUCTURES: Final = {
    "beside": """// Another symbol's bars of the same timeframe, oldest first, closed ones only.
struct MfPair
  {
   string            name;
   string            base;
   string            profit;
   MqlRates          rates[];
  };
""",
    "calendar": """// A scheduled event, of a currency or of "All". time: of the server's clock.
// weight: 1 low, 2 medium, 3 high.
struct MfEvent
  {
   datetime          time;
   string            currency;
   int               weight;
  };
""",
}

_GIVEN: Final = {
    "beside": "const MfPair &beside[]",
    "calendar": "const MfEvent &events[]",
}


def source(names: Sequence[str]) -> str:
    """Return MQL5 that computes these features, in this order, by `MfFeatures`. Raises UnknownFeature."""
    expressions = [about(name).mql for name in names]
    needs = [need for need in _STRUCTURES if any(need in about(name).needs for name in names)]
    parts = [_STRUCTURES[need] for need in needs]
    parts += _functions("\n".join(expressions))
    return "\n".join([*parts, _filling(names, expressions, needs)])


def _filling(names: Sequence[str], expressions: Sequence[str], needs: Sequence[str]) -> str:
    own = "const string symbol, const string base, const string profit"
    given = ",\n                ".join(
        ["const MqlRates &rates[]", "const double point", *([own] if needs else [])]
        + [_GIVEN[need] for need in needs]
        + ["float &values[]"]
    )
    lines = [f"   values[{place}] = (float)({text}); // {name}" for place, (name, text) in
             enumerate(zip(names, expressions, strict=True))]  # fmt: skip
    return "\n".join((
        "// Fills 'values' with the features of the newest of these bars: closed ones, oldest first.",
        "// point: the symbol's SYMBOL_POINT. Returns false while there are too few bars.",
        f"bool MfFeatures({given})",
        "  {",
        "   int at = ArraySize(rates) - 1;",
        f"   if(at < {look_back(names) - 1})",
        "      return false;",
        f"   ArrayResize(values, {len(names)});",
        *lines,
        "   return true;",
        "  }",
        "",
    ))  # fmt: skip


def _functions(text: str) -> list[str]:
    """Return the functions that this text calls, and those that they call, callees first."""
    wanted = set(_calls(text, _ALL))
    left = list(wanted)
    while left:
        more = set(_calls(_ALL[left.pop()], _ALL)) - wanted
        wanted |= more
        left += more
    return [body for name, body in _ALL.items() if name in wanted]


def _calls(text: str, known: dict[str, str]) -> Iterator[str]:
    return (name for name in _FUNCTION.findall(text) if name in known)


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield each function of a text by its name, with the remark above it."""
    for part in text.strip().split("\n\n"):
        head = next(line for line in part.split("\n") if not line.startswith("//"))
        yield _FUNCTION.search(head).group(1), part + "\n"  # type: ignore[union-attr]  # each part is a function


_ALL: Final[dict[str, str]] = {
    name: body for module in (arithmetic, windows, *FAMILIES) for name, body in _split(module.MQL)
}
"""Every function, those that others call first: MQL5 does not mind, C++ does."""
