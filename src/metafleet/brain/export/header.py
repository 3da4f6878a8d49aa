"""A model's `.mqh`: its features, its threshold and what its probability means, in MQL5."""

from __future__ import annotations

import re
from typing import Final

from metafleet.brain import features
from metafleet.brain.features import mql
from metafleet.brain.model import Model

_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_LONGEST: Final = 24
"""Characters of a prefix: MQL5's names have at most 63."""

_OURS: Final = re.compile(r"\bMf(?=[A-Z])")


def file_name(model: Model) -> str:
    """Return the model's name as that of a file, without a suffix: eurusd_h1."""
    return "_".join(word.lower() for word in _WORD.findall(model.spec.name)) or "model"


def prefix(model: Model) -> str:
    """Return what all names of a model's functions begin with, so that an EA may have several: EurusdH1."""
    made = "".join(word[0].upper() + word[1:] for word in _WORD.findall(model.spec.name)) or "Model"
    return (made if made[0].isalpha() else "Model" + made)[:_LONGEST]


def constant(model: Model) -> str:
    """Return what the names of a model's constants begin with: EURUSD_H1."""
    made = file_name(model).upper()
    return (made if made[0].isalpha() else "MODEL_" + made)[:_LONGEST]


def header_of(model: Model) -> str:
    """Return the file's text. Raises UnknownFeature."""
    spec, own, capitals = model.spec, prefix(model), constant(model)
    depth = features.look_back(spec.features)
    text = f"""// {plain(spec.name)}: the features of a model of metafleet, and what its probability means.
// Made by `metafleet brain export` from the model {model.content_hash}.
// Every feature is to the last bit what the model was trained on; change nothing here.
// Symbols: {plain(", ".join(spec.symbols))}. Timeframe: {plain(spec.timeframe)}.
// Trained to {plain(model.card.end)}, by the server's clock.
#ifndef {capitals}_MQH
#define {capitals}_MQH

#define {capitals}_FEATURES {len(spec.features)}
#define {capitals}_LOOK_BACK {depth}
#define {capitals}_HORIZON_BARS {spec.horizon_bars}
#define {capitals}_SHA256 "{model.content_hash}"

{mql.source(spec.features)}
// What to do at this probability of a rise: 1 buy, -1 sell, 0 nothing; 0 where it is no number.
int MfSide(const double probability)
  {{
   if(probability >= {spec.threshold!r})
      return 1;
   if(1.0 - probability >= {spec.threshold!r})
      return -1;
   return 0;
  }}

// How much of the usual size, 0 to 1: a hint.
double MfSize(const double probability)
  {{
   if(MfSide(probability) == 0)
      return 0.0;
   return MathMin(1.0, (MathMax(probability, 1.0 - probability) - 0.5) / {spec.full_at - 0.5!r});
  }}

#endif
"""
    return _OURS.sub(own, text)


def plain(text: str) -> str:
    """Return a text that ends no line of a remark and is ASCII, as MetaEditor reads files without a mark."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text).replace("\\", "/")
