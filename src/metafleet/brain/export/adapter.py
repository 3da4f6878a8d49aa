"""MetafleetModel.mqh: one model under the names that the EA MetafleetOnnx.mq5 knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metafleet.brain import features
from metafleet.brain.export.header import constant, file_name, plain, prefix
from metafleet.brain.features.strength import currencies
from metafleet.brain.model import Model

NAME: Final = "MetafleetModel.mqh"


def adapter_of(model: Model) -> str | None:
    """Return the file's text; None for a model that wants a calendar, which the EA does not read.

    Raises UnknownFeature.
    """
    spec, own, capitals = model.spec, prefix(model), constant(model)
    needs = {need for name in spec.features for need in features.about(name).needs}
    if "calendar" in needs:
        return None
    # What goes between quotation marks there.
    quoted = [plain(text).replace('"', "'") for text in (spec.name, ",".join(spec.symbols), spec.timeframe)]
    return f"""// The model that MetafleetOnnx.mq5 runs, under the names that it knows.
// Made by `metafleet brain export` from the model {model.content_hash}.
#ifndef METAFLEET_MODEL_MQH
#define METAFLEET_MODEL_MQH

#include "{file_name(model)}.mqh"
#resource "{file_name(model)}.onnx" as uchar g_model_bytes[]

#define MF_MODEL_NAME "{quoted[0]}"
#define MF_MODEL_SYMBOLS "{quoted[1]}"
#define MF_MODEL_TIMEFRAME "{quoted[2]}"
#define MF_MODEL_TRAINED_TO "{plain(model.card.end)}"
#define MF_MODEL_IS_PROMOTED {"true" if model.card.gate.promoted else "false"}
#define MF_MODEL_FEATURES {capitals}_FEATURES
#define MF_MODEL_LOOK_BACK {capitals}_LOOK_BACK
#define MF_MODEL_HORIZON_BARS {capitals}_HORIZON_BARS

{"".join(_beside(model)) if "beside" in needs else _alone(own)}
int MfModelSide(const double probability)
  {{
   return {own}Side(probability);
  }}

double MfModelSize(const double probability)
  {{
   return {own}Size(probability);
  }}

#endif
"""


_HEAD: Final = """// Fills 'values' with the newest bar's features. suffix: what the broker adds to symbols.
// False while a bar that belongs there is missing; the features are then made without it.
bool MfModelFeatures(const string symbol, const string suffix, const MqlRates &rates[], float &values[])
  {
"""


def _alone(own: str) -> str:
    return _HEAD + f"   return {own}Features(rates, SymbolInfoDouble(symbol, SYMBOL_POINT), values);\n  }}\n"


def _beside(model: Model) -> Iterator[str]:
    own, others = prefix(model), sorted(model.spec.beside)
    yield f"""bool MfModelPair({own}Pair &pair, const string name, const string base, const string profit,
                 const string suffix, const datetime newest)
  {{
   pair.name = name;
   pair.base = base;
   pair.profit = profit;
   SymbolSelect(name + suffix, true);
   int count = ClosedBars(name + suffix, MF_MODEL_TIMEFRAME, 2 * MF_MODEL_LOOK_BACK, pair.rates);
   if(count < 1)
      ArrayResize(pair.rates, 0);
   return count > 0 && pair.rates[count - 1].time >= newest;
  }}

"""
    yield _HEAD
    yield f"   {own}Pair beside[];\n   ArrayResize(beside, {len(others)});\n"
    yield "   datetime newest = rates[ArraySize(rates) - 1].time;\n   bool is_whole = true;\n"
    for place, name in enumerate(others):
        base, profit = currencies(name)
        words = f'"{plain(name)}", "{plain(base)}", "{plain(profit)}"'
        yield f"   is_whole = MfModelPair(beside[{place}], {words}, suffix, newest) && is_whole;\n"
    yield f"""   string plain = StringSubstr(symbol, 0, StringLen(symbol) - StringLen(suffix));
   string base = SymbolInfoString(symbol, SYMBOL_CURRENCY_BASE);
   string profit = SymbolInfoString(symbol, SYMBOL_CURRENCY_PROFIT);
   double point = SymbolInfoDouble(symbol, SYMBOL_POINT);
   return {own}Features(rates, point, plain, base, profit, beside, values) && is_whole;
  }}
"""
