"""Run a test from the command line: prices, progress, Ctrl-C, and the files that were asked for."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from metafleet.cli.asking import remark, say
from metafleet.cli.progress import ProgressBar
from metafleet.cli.refusal import Refused
from metafleet.cli.tester.asked import GENERATED, SHARES, Typed, read_forward, read_test
from metafleet.cli.tester.finding import find_expert, own_trace
from metafleet.cli.tester.foreseeing import Foreseen, foresee, load_model, read_file
from metafleet.cli.tester.printing import as_text
from metafleet.engine.broker.charges import COMMISSION_CURRENCY
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.servertime import ZoneRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.supplies import Supply, open_supplies
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.contract import Test, TestRefused, TestResult
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.exports import ExportRefused, check_export, export
from metafleet.engine.tester.figures import span_s
from metafleet.engine.tester.layout import timeframe_of
from metafleet.engine.tester.page import as_json, as_page
from metafleet.engine.tester.play import Cancelled
from metafleet.engine.tester.report import make_test_report
from metafleet.engine.tester.run import run_test

WORTH_BARS: Final = 200_000
"""Of an EA's own chart: half a year of minutes, which are lived through in the time that a compiler loads."""

CACHE: Final = Path.home() / ".cache" / "metafleet" / "market"


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where to write what; None for not at all. tables: by `exports.Kind`."""

    report: Path | None
    json: Path | None
    tables: Mapping[str, Path | None]


def test_and_tell(typed: Typed, files: Files) -> None:
    """Test, write the files and print the summary. Raises Refused."""
    _check(files)
    cls = find_expert(typed.ea)
    test = read_test(cls, typed)
    try:
        with _interruptible() as progress:
            supplies, foreseen = _prepared(cls, typed, test)
            kernel = _kernel(cls, test, supplies[test.symbol])
            result = run_test(
                cls, test, supplies, signals=foreseen.signals, progress=progress, kernel_cache=kernel
            )
    except (TestRefused, SourceRefused, MarketFileRefused, ZoneRefused, InputRefused) as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    except Exception as fault:
        if (trace := own_trace(fault)) is None:
            raise
        traceback.print_exception(fault.with_traceback(trace))
        raise Refused(f"{typed.ea} failed: {type(fault).__name__}: {fault}.") from fault
    result = _completed(result, typed)
    result = msgspec.structs.replace(result, notes=[*result.notes, *foreseen.notes])
    report = make_test_report(result)
    say(as_text(report))
    _write(files.report, lambda path: path.write_text(as_page(report), encoding="utf-8"))
    _write(files.json, lambda path: path.write_bytes(as_json(report)))
    for kind, file in files.tables.items():
        _write(file, lambda path, kind=kind: export(result, kind, path))  # type: ignore[misc]


test_and_tell.__test__ = False  # type: ignore[attr-defined]


def _kernel(cls: type[Expert], test: Test, supply: Supply) -> Path | None:
    """Return where compiled code is kept; None where to load the compiler takes longer than it saves.

    That an EA of somebody's own does what it declares is worth a look, however short the test.
    """
    begin_s = supply.first_s if test.from_s is None else test.from_s
    end_s = supply.last_s if test.to_s is None else test.to_s
    if cls not in EXPERTS.values() or end_s is None:
        return KERNEL_CACHE
    is_long = (end_s - begin_s) // PERIODS_S[BY_NAME[timeframe_of(cls, test)]] > WORTH_BARS
    return KERNEL_CACHE if is_long else None


def _completed(result: TestResult, typed: Typed) -> TestResult:
    """With what only the command knows: the forward share, and where the prices came from."""
    if typed.forward in SHARES:
        forward_s = read_forward(typed.forward, *span_s(result))
        result = msgspec.structs.replace(
            result, test=msgspec.structs.replace(result.test, forward_s=forward_s)
        )
    note = (
        f"The market is made up (seed {typed.seed}): what an EA earns on it says nothing of a real one."
        if typed.data == GENERATED
        else f"Market: {typed.data}."
    )
    return msgspec.structs.replace(result, notes=[*result.notes, note])


def symbols_of(test: Test) -> dict[str, SymbolSpec]:
    """Return the symbol, and the pairs that convert between its currencies and the account's."""
    known = known_symbols()
    spec = known[test.symbol]
    foreign = {spec.currency_profit, spec.currency_margin, COMMISSION_CURRENCY} - {test.currency}
    pairs = [
        name
        for name, one in known.items()
        if {one.currency_base, one.currency_profit} in ({test.currency, other} for other in foreign)
    ]
    return {name: known[name] for name in dict.fromkeys((test.symbol, *pairs))}


def _prepared(cls: type[Expert], typed: Typed, test: Test) -> tuple[dict[str, Supply], Foreseen]:
    """Open the prices, and ask the Brain beforehand where there is one. Raises Refused."""
    if typed.signals is not None and typed.model is not None:
        raise Refused("give --signals or --model, not both.")
    if typed.signals is not None:
        return _supplies(typed.data, test), read_file(typed.signals, test.symbol)
    if typed.model is None:
        return _supplies(typed.data, test), Foreseen()
    model = load_model(typed.model, test, timeframe_of(cls, test))
    supplies = _supplies(typed.data, test, model.spec.beside)
    own = {name: supply for name, supply in supplies.items() if name in symbols_of(test)}
    return own, foresee(model, cls, test, supplies)


def _supplies(source: str, test: Test, beside: Iterable[str] = ()) -> dict[str, Supply]:
    known = known_symbols()
    wanted = symbols_of(test) | {name: known[name] for name in beside if name in known}
    found = open_supplies(
        "generator" if source == GENERATED else source,
        wanted,
        cache=CACHE,
        seed=test.seed,
        wants_ticks=test.ticks == "every",
    )
    if test.symbol not in found:
        raise TestRefused(f"{source} has no prices of {test.symbol}; it has {', '.join(found) or 'none'}")
    return found


@contextmanager
def _interruptible() -> Iterator[Callable[[float], None]]:
    """Give a progress that is shown when it takes long, and by which Ctrl-C ends the test; twice: at once."""
    bar, is_over = ProgressBar(), False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_over
        if is_over:
            raise KeyboardInterrupt
        is_over = True

    def progress(share: float) -> None:
        if is_over:
            raise Cancelled
        bar.show(share)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
        bar.clear()


def _check(files: Files) -> None:
    """Refuse what could not be written before the test, not after it."""
    for option, file in (("--report", files.report), ("--json", files.json)):
        if file is not None and not file.absolute().parent.is_dir():
            raise Refused(f"{option}: there is no folder {file.absolute().parent}.")
    for kind, file in files.tables.items():
        try:
            if file is not None:
                check_export(file)
        except ExportRefused as refused:
            raise Refused(f"--{kind}: {refused}.") from refused


def _write(file: Path | None, write: Callable[[Path], object]) -> None:
    if file is None:
        return
    try:
        write(file)
    except OSError as error:
        raise Refused(f"cannot write {file}: {error.strerror}.") from error
    remark(f"{file}: written.")
