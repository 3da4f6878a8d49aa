"""The EA that the guide shows compiles beside the header that is exported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from metafleet.brain.export import header_of
from metafleet.brain.features.tests.mql_compiled import compiled
from metafleet.brain.model.tests.made import made_linear

GUIDE: Final = Path(__file__).resolve().parents[5] / "docs" / "guides" / "onnx.md"

TERMINAL: Final = """
typedef unsigned char uchar;
typedef unsigned long ulong;
const long INVALID_HANDLE = -1;
const int INIT_FAILED = 1, INIT_SUCCEEDED = 0, PERIOD_H1 = 16385;
const ulong ONNX_USE_CPU_ONLY = 1, ONNX_NO_CONVERSION = 2;
const string _Symbol = "EURUSD";
const double _Point = 0.00001;
Array<uchar> ModelBytes;
long OnnxCreateFromBuffer(const Array<uchar> &, ulong) { return 7; }
bool OnnxRelease(long) { return true; }
template <class A, class B> bool OnnxRun(long, ulong, const A &, B &answer) { answer[0] = 1; return true; }
int CopyRates(const string &, int, int, int n, Array<MqlRates> &rates) { return ArrayResize(rates, n); }
int GetLastError() { return 0; }
template <class... A> void Print(const A &...) {}
"""


def test_the_guide_s_ea_compiles(tmp_path: Path) -> None:
    found = re.search(r"```mql5\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found
    example = found[1]
    assert example.startswith('#include "eurusd_h1.mqh"\n#resource "eurusd_h1.onnx" as uchar ModelBytes[]\n')
    body = example.split("\n", 2)[2].replace("const int reason", "const int")
    header = header_of(made_linear(name="eurusd h1"))
    ea = TERMINAL + re.sub(r"^(\s+)(MqlRates|float) (\w+)\[\];", r"\1Array<\2> \3;", body, flags=re.MULTILINE)
    library = compiled(header, tmp_path, ea)
    assert library is not None
