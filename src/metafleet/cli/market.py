"""`metafleet market`: look at files of prices, mend them, and keep them so that they open at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from metafleet.cli.asking import remark, say, say_json, say_table
from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.engine.market.files.checking import Report
    from metafleet.engine.market.files.reading import MarketData
    from metafleet.engine.market.files.repairing import Repair
    from metafleet.engine.market.symbols import SymbolSpec

app = typer.Typer(help="Look at files of prices, mend and convert them.", no_args_is_help=True)

_SHOWN: Final = 20
"""Findings of a kind that are printed unless all are wanted."""

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Bars or ticks of any maker; or folders of them."),
]
Symbol = Annotated[
    str | None, typer.Option(help="The symbol, where the file's name does not have it.", show_default=False)
]
SourceZone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        help='Whose clock the file\'s times are: "UTC", "UTC-5", "America/New_York", or "server".',
        show_default="what its format has",
    ),
]
ServerZone = Annotated[
    str | None,
    typer.Option(help="The server's clock.", show_default="America/New_York+7"),
]
SymbolsFile = Annotated[
    Path | None,
    typer.Option("--symbols", help="A file of symbols of your own.", show_default="the 33 that ship"),
]


@app.command()
def check(  # noqa: PLR0913, PLR0917 - each is an option of its own
    files: Files,
    symbol: Symbol = None,
    zone: SourceZone = None,
    server_zone: ServerZone = None,
    symbols: SymbolsFile = None,
    gap: Annotated[
        int, typer.Option(min=1, help="Minutes of trading that must be missing to be a gap.")
    ] = 60,
    repair: Annotated[
        Path | None,
        typer.Option(help="Write a copy with rows in order and equal ones once.", show_default=False),
    ] = None,
    drop: Annotated[
        bool, typer.Option("--drop", help="With --repair: leave out what cannot be used.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Print every finding.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All findings, as JSON.")] = False,
) -> None:
    """Say what is wrong with files of prices, by line; exit code 1 when one cannot be used as it is."""
    from metafleet.engine.market.files.checking import check as look
    from metafleet.engine.market.servertime import SERVER_ZONE, Zone

    files = _each(files)
    if repair is not None and len(files) != 1:
        raise Refused("--repair writes one copy; name one file.")
    if drop and repair is None:
        raise Refused("--drop says what --repair leaves out; say where to write the copy: --repair FILE.")
    reports, is_sound = [], True
    for file in files:
        with _refusing():
            known = _symbols(symbols)
            of = Zone(server_zone or SERVER_ZONE).text
            data = _read(file, symbol, zone, known)
            report = look(data, zone=of, least_gap_s=gap * 60, symbols=known)
        is_sound &= report.is_sound
        reports.append(report)
        if not as_json:
            _print(report, None if everything else _SHOWN)
        if repair is not None:
            is_sound = _repair(data, repair, drop=drop, in_words=not as_json)
    if as_json:
        import msgspec

        documents = [msgspec.to_builtins(report) | {"is_sound": report.is_sound} for report in reports]
        say_json(documents[0] if len(documents) == 1 else documents)
    if not is_sound:
        raise typer.Exit(1)


@app.command()
def convert(
    files: Files,
    to: Annotated[Path, typer.Option(help="The folder that the arrays are kept in.")] = Path("market"),
    symbol: Symbol = None,
    zone: SourceZone = None,
    server_zone: ServerZone = None,
    symbols: SymbolsFile = None,
) -> None:
    """Keep files as arrays that open at once, by the server's clock; several of a symbol become one."""
    from metafleet.engine.market.files.store import keep
    from metafleet.engine.market.servertime import SERVER_ZONE

    with _refusing():
        known = _symbols(symbols)
        groups: dict[tuple[str, int], list[MarketData]] = {}
        for file in _each(files):
            data = _read(file, symbol, zone, known)
            groups.setdefault((_named(data, known), data.period_s), []).append(data)
        for (name, _), parts in groups.items():
            path = keep(parts, to, known[name], zone=server_zone or SERVER_ZONE)
            say(f"{path}: {_about(path)}")


@app.command()
def info(
    files: Files,
    symbol: Symbol = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what files hold: those of others, and arrays that `convert` made."""
    found = []
    for file in _each(files):
        with _refusing():
            found.append(_kept(file) if file.suffix in {".npy", ".json"} else _as_written(file, symbol))
    if as_json:
        say_json(found[0] if len(found) == 1 else found)
        return
    for place, one in enumerate(found):
        if place:
            say("")
        width = max(map(len, one))
        for name, value in one.items():
            say(f"{name.replace('_', ' '):{width}}  {_shown(value)}")


@app.command()
def symbols(
    file: Annotated[
        Path | None, typer.Argument(help="A file of your own.", show_default="what ships")
    ] = None,
    copy: Annotated[
        Path | None, typer.Option(help="Write the file that ships there, to be edited.", show_default=False)
    ] = None,
) -> None:
    """List the symbols of a file, or say what is wrong with it."""
    from metafleet.engine.market.symbolfile import FILE

    if copy is not None:
        try:
            with copy.open("x", encoding="utf-8") as stream:
                stream.write(FILE.read_text(encoding="utf-8"))
        except OSError as error:
            raise Refused(f"{copy} cannot be written: {error.strerror}.") from error
        say(f"{copy}: edit it, and see with `metafleet market symbols {copy}`.")
        return
    with _refusing():
        known = _symbols(file)
    say_table(
        ("SYMBOL", "PATH", "DIGITS", "CONTRACT", "SPREAD", "SWAP LONG", "SWAP SHORT", "VOLUME"),
        [
            (
                spec.name,
                spec.path,
                spec.digits,
                f"{spec.contract_size:,.0f}",
                spec.spread_points,
                f"{spec.swap_long:g}",
                f"{spec.swap_short:g}",
                f"{spec.volume_min:g} to {spec.volume_max:g} by {spec.volume_step:g}",
            )
            for spec in known.values()
        ],
    )


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else value


def _print(report: Report, most: int | None) -> None:
    from metafleet.engine.market.files.checking import WORDS, Fault

    timeframe = f"{report.timeframe} " if report.timeframe else ""
    zone = "a server's clock" if report.zone == "server" else report.zone
    of = f"{report.symbol or 'an unknown symbol'} {timeframe}({report.format})"
    say(f"{report.path}: {report.rows:,} rows of {of}")
    if report.rows:
        say(f"  {report.first} to {report.last}, {zone}, {report.digits} digits")
    kinds: tuple[Fault, ...] = tuple(WORDS)
    for kind in kinds:
        found = [one for one in report.findings if one.kind == kind]
        if not found:
            continue
        say(f"\n  {kind}: {len(found):,} {'row' if len(found) == 1 else 'rows'}; {WORDS[kind]}")
        for one in found[:most]:
            where = f"lines {one.line} to {one.until_line}" if one.until_line else f"line {one.line}"
            say(f"    {where}{f', {one.time}' if one.time else ''}: {one.detail}")
        if most is not None and len(found) > most:
            say(f"    and {len(found) - most:,} more; --all prints them")
    if report.symbol is None:
        say(
            "\n  Gaps are not looked for: name the symbol with --symbol, so that its trading hours are known."
        )
    say("\n  It can be used as it is." if report.is_sound else "\n  It cannot be used as it is.")


def _repair(data: MarketData, to: Path, *, drop: bool, in_words: bool) -> bool:
    """Write the repaired copy, and return whether nothing is left that is wrong."""
    from metafleet.engine.market.files.repairing import plan, write_repaired

    with _refusing():
        repair: Repair = plan(data, drop=drop)
        write_repaired(data, repair, to)
    tell = say if in_words else remark
    for change in repair.changes:
        tell(f"  line {change.line} {change.what}")
    tell(f"\n{to}: {len(repair.lines):,} rows, {len(repair.changes):,} changes.")
    if repair.left:
        tell(f"Still wrong: {repair.left:,}; --drop leaves such rows out.")
    return not repair.left


def _as_written(file: Path, symbol: str | None) -> dict[str, object]:
    from metafleet.engine.market.files.checking import check as look

    data = _read(file, symbol, None)
    report = look(data)
    return {
        "file": str(file),
        "format": report.format,
        "symbol": report.symbol,
        "timeframe": report.timeframe or "ticks",
        "rows": report.rows,
        "first": report.first,
        "last": report.last,
        "zone": report.zone,
        "digits": report.digits,
        "counts_ticks": data.kind == "ticks" or bool(data.rows["tick_volume"].any()),
        "knows_spread": data.kind == "ticks" or "spread" in data.has,
        "is_sound": report.is_sound,
    }


def _kept(file: Path) -> dict[str, object]:
    from metafleet.engine.market.files.store import open_kept

    about = open_kept(file).about
    return {
        "file": str(file),
        "format": "kept by metafleet",
        "symbol": about.symbol,
        "timeframe": _timeframe(about.timeframe),
        "rows": about.rows,
        "first": _time(about.first_s),
        "last": _time(about.last_s),
        "zone": about.zone,
        "digits": about.digits,
        "counts_ticks": about.counts_ticks,
        "knows_spread": about.knows_spread,
        "made_of": f"{about.source} ({about.format})",
        "sha256": about.sha256,
    }


def _about(path: Path) -> str:
    from metafleet.engine.market.files.store import open_kept

    about = open_kept(path).about
    unknown = [
        words
        for words, is_known in (("ticks", about.counts_ticks), ("spreads", about.knows_spread))
        if not is_known
    ]
    return (
        f"{about.rows:,} rows of {about.symbol} {_timeframe(about.timeframe)}, "
        f"{_time(about.first_s)} to {_time(about.last_s)} by {about.zone}"
        + (f"; it has no {' and no '.join(unknown)}, what is usual is taken" if unknown else "")
    )


def _each(files: list[Path]) -> list[Path]:
    """Return the files, and those of market data that folders hold. Raises Refused for a folder without."""
    from metafleet.engine.market.supplies import is_market_file

    found = []
    for file in files:
        own = sorted(one for one in file.iterdir() if is_market_file(one)) if file.is_dir() else [file]
        if not own:
            raise Refused(f"{file} has no file of market data.")
        found += own
    return found


def _timeframe(timeframe: int) -> str:
    from metafleet.engine.market.timeframes import NAMES

    return NAMES.get(timeframe, "ticks")


def _time(time_s: int) -> str:
    import numpy as np

    return str(np.datetime64(time_s, "s"))


def _read(
    file: Path, symbol: str | None, zone: str | None, known: Collection[str] | None = None
) -> MarketData:
    from metafleet.engine.market.files.layouts import SERVER
    from metafleet.engine.market.files.reading import read_market_file
    from metafleet.engine.market.servertime import Zone

    if zone not in (None, SERVER):
        Zone(str(zone))
    return read_market_file(file, symbol, zone, known)


def _symbols(file: Path | None) -> dict[str, SymbolSpec]:
    from metafleet.engine.market.symbolfile import FILE, load_symbols

    return load_symbols(file or FILE)


def _named(data: MarketData, known: dict[str, SymbolSpec]) -> str:
    if data.symbol is None:
        raise Refused(f"{data.path} does not say of which symbol it is; say it with --symbol.")
    if data.symbol not in known:
        raise Refused(f"{data.path} is of {data.symbol}; give --symbols a file that has it.")
    return data.symbol


@contextmanager
def _refusing() -> Iterator[None]:
    """Let what the market refuses be a sentence of the command."""
    from metafleet.engine.market.files.opening import MarketFileRefused
    from metafleet.engine.market.servertime import ZoneRefused
    from metafleet.engine.market.symbolfile import SymbolsRefused

    try:
        yield
    except (MarketFileRefused, ZoneRefused, SymbolsRefused) as error:
        raise Refused(f"{error}.") from error
