"""The lint: every rule of the subset has a program that breaks it, and is told so at the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.harness.compiler import NotCompiled, check
from connectors.harness.source import INCLUDES
from connectors.tests.conftest import CONNECTORS

HEAD = """#property copyright "us"
#property version   "1.00"
#property description "a test"
#property strict
"""
ON_LINE = len(HEAD.splitlines()) + 1

BROKEN = [
    # The text of a program, and its files' own text
    ('void OnTick() { Print("\u00e9"); }', "only ASCII"),
    (f"void OnTick() {{ }} // {'-' * 120}", "longer than 120"),
    ("void OnTick() { }\t", "tabs and blanks"),
    # DLLs, conditions, macros, other libraries
    ('#import "kernel32.dll"', "#import is not of the subset"),
    ("#if X", "#if is not of the subset"),
    ("#define TWICE(x) ((x) * 2)", "write a function"),
    ("#include <Trade/Trade.mqh>", "MetaQuotes' own library"),
    ('#resource "model.onnx"', "a resource is carried so"),
    ('#resource "model.onnx" as uchar g_model[]', "there is no file model.onnx"),
    # Words of one compiler alone
    ("int OnInit() { auto x = 1; return x; }", "auto: is C\\+\\+ alone"),
    ("void OnTick() { try { } catch(int e) { } }", "no exceptions"),
    ("void OnTick() { int a[]; for(int i : a) { } }", "over a range is C\\+\\+ alone"),
    ("template<typename T> T Twice(T x) { return x; }", "read differently by the two compilers"),
    ("void OnTick() { int vector = 1; }", "vector: is a word of MQL5's"),
    ("void OnTick() { double x = Bid; }", "Bid is the chart's"),
    ("void OnTick() { string s = NULL; }", "compare strings with an empty one"),
    # Pointers and references
    ("class MfA { public: int x; };\nvoid OnTick() { MfA *a = new MfA; }", "no pointers"),
    ("void OnTick() { g_a->x = 1; }", "->: no pointers"),
    ("struct MfA { int x; };\nint Sum(MfA a) { return a.x; }", "give it by reference"),
    ("int Sum(const int a[]) { return a[0]; }", "a: an array is given by reference"),
    ("void OnTick() { int a[], b[]; }", "declare each array by itself"),
    # Names
    ("class Json { };", "our types begin with Mf"),
    ("enum MfWay { UP };", "UP: a value of an enum begins with MF_"),
    ("int count = 0;", "begins with g_"),
    ("const int most = 3;", "most: a constant is written in capitals"),
    ("#define most 3", "most: a constant is written in capitals"),
    ("input int Count = 0;", "begins with Inp"),
    ("extern int InpCount = 0;", "write input"),
    ("void onTick() { }", "is written LikeThis"),
    ("void OnTik() { }", "no event of that name"),
    # Calls
    ("void OnTick() { NoSuchThing(1); }", "NoSuchThing\\(\\) is not known"),
    ("void OnTick() { int n = AccountNumber(); }", "AccountNumber\\(\\) is not MQL5"),
    ('void OnTick() { int h = FileOpen("a", FILE_READ); }', "FileOpen without FILE_BIN"),
    ('void OnTick() { uchar b[]; StringToCharArray("a", b); }', "use BytesOf and TextOf"),
    # What holds the terminal
    ("void OnTimer() { Sleep(10); }", "Sleep: holds the terminal"),
    ("void OnTimer() { while(true) { } }", "while without an end"),
    ("void OnTimer() { for(;;) { } }", "for without an end"),
]


def written(folder: Path, text: str, name: str = "Program.mq5") -> Path:
    path = folder / name
    path.write_text(HEAD + text + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "says"), BROKEN, ids=[says for _, says in BROKEN])
def test_what_is_not_of_the_subset_is_refused_at_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(NotCompiled, match=rf"Program\.mq5:({ON_LINE}|{ON_LINE + 1}): .*({says})"):
        check(written(tmp_path, text))


@pytest.mark.parametrize("name", ["strict", "copyright", "version", "description"])
def test_each_property_is_wanted(tmp_path: Path, name: str) -> None:
    path = tmp_path / "Program.mq4"
    lines = [line for line in HEAD.splitlines() if f"#property {name}" not in line]
    path.write_text("\n".join([*lines, "void OnTick() { }", ""]))
    with pytest.raises(NotCompiled, match=f"#property {name} is missing"):
        check(path)


SENDS = """
class MfPost
  {
public:
   int               Go(void)
     {
      uchar a[];
      uchar b[];
      string h;
      return WebRequest("GET", "", "", 5, a, b, h);
     }
   int               Stay(void) { return 1; }
  };
class MfDesk
  {
public:
   int               Go(void) { return 2; }
  };
MfPost g_post;
MfDesk g_desk;
"""


@pytest.mark.parametrize("event", ["OnTick", "OnTrade"])
def test_nothing_but_the_timer_waits_for_the_web(tmp_path: Path, event: str) -> None:
    text = f"{SENDS}int Ask(void) {{ return g_post.Go(); }}\nvoid {event}() {{ Ask(); }}"
    with pytest.raises(NotCompiled, match=f"WebRequest\\(\\) is reached from {event} > Ask > Go"):
        check(written(tmp_path, text))


def test_the_timer_may_wait_and_a_method_of_the_same_name_is_another(tmp_path: Path) -> None:
    text = SENDS + "void OnTimer() { g_post.Go(); }\nvoid OnTick() { g_desk.Go(); g_post.Stay(); }"
    assert "hooks_of_ea" in check(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "call", "platform"),
    [
        ("Program.mq4", "PositionsTotal()", "MQL4"),
        ("Program.mq4", "GetTickCount64()", "MQL4"),
        ("Program.mq5", "OrdersHistoryTotal()", "MQL5"),
        ("Program.mq5", "RefreshRates()", "MQL5"),
    ],
)
def test_a_function_of_the_other_platform_is_refused(
    tmp_path: Path, name: str, call: str, platform: str
) -> None:
    with pytest.raises(NotCompiled, match=rf"\(\) is not {platform}"):
        check(written(tmp_path, f"void OnTick() {{ {call}; }}", name))


def header(folder: Path, name: str, body: str) -> Path:
    (folder / "metafleet").mkdir(exist_ok=True)
    guard = f"#ifndef METAFLEET_{name.upper()}_MQH\n#define METAFLEET_{name.upper()}_MQH\n"
    (folder / "metafleet" / f"{name}.mqh").write_text(f"{guard}{body}\n#endif\n")
    return written(folder, f"#include <metafleet/{name}.mqh>\nvoid OnTick() {{ }}")


@pytest.mark.parametrize(
    "body",
    [
        "int Held(void) { return PositionsTotal(); }",
        "string Plain(string text) { StringTrimLeft(text); return text; }",
    ],
)
def test_a_shared_header_calls_what_both_platforms_have(tmp_path: Path, body: str) -> None:
    with pytest.raises(NotCompiled, match="is not the same in MQL4 and MQL5"):
        check(header(tmp_path, "Desk", body), (tmp_path,))
    assert check(header(tmp_path, "Desk5", body), (tmp_path,)), "its name says which platform's it is"
    guarded = f"#ifdef __MQL4__\n#else\n{body}\n#endif"
    assert check(header(tmp_path, "Guarded", guarded), (tmp_path,))


def test_a_header_s_constants_have_our_prefix(tmp_path: Path) -> None:
    with pytest.raises(NotCompiled, match="MOST: a header's constants begin with MF_"):
        check(header(tmp_path, "Desk", "#define MOST 3"), (tmp_path,))


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotCompiled) as told:
        check(written(tmp_path, "int count = 0;\nvoid onTick() { NoSuchThing(); }"))
    assert len(str(told.value).splitlines()) == 3


def test_every_rule_is_documented() -> None:
    page = (CONNECTORS / "README.md").read_text()
    for word in ("MF_", "FILE_BIN", "OnTimer", "`Sleep`", "#import", "4 or 5", "by reference"):
        assert word in page, word


def test_the_connectors_themselves_are_clean() -> None:
    for path in sorted(CONNECTORS.glob("mql?/*.mq?")):
        if path.stem != "MetafleetOnnx":  # with the model that it is compiled with: test_onnx_ea
            assert check(path, (INCLUDES,))
