"""Which prices there are to test on: files of a folder, the recorded market, the sample, the generator.

Files are read by a worker, which writes down what it found (`read_folder`); everybody else asks the rows.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import symbol_in
from metafleet.engine.market.files.store import Kept, Opened, keep_rows, kept_once, open_kept
from metafleet.engine.market.servertime import SERVER_ZONE
from metafleet.engine.market.sources import SAMPLE_FOLDER
from metafleet.engine.market.supplies import GeneratedSupply, is_market_file, open_supplies
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import M1, NAMES, PERIODS_S
from metafleet.engine.tester.jobs import Supplied, spec_of
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.market import record
from metafleet.hub.tester.models import MarketFile
from metafleet.hub.tester.records import Data, Source

MOST_FILES: Final = 2_000
"""Of the folder; what comes after them by name is not looked at."""
NO_END: Final = 1 << 40
RECORD_ZONE: Final = "UTC"
"""Whose clock the paper market's times are: a live one's are the wall clock's, which terminals report."""
_RECORD_KEPT_S: Final = 6 * 3_600
"""How long what was written of the record for a test stays in the cache: longer than a test may take."""


class DataGone(Exception):
    """The prices of a test cannot be had; the text is a sentence for the person who asked."""


def all_data() -> list[Data]:
    """Return everything that a test may be made on: real files first, then the recorded market, the sample,
    the generator."""
    files = MarketFile.objects.filter(error="").exclude(symbol="").order_by("symbol", "name")
    return [*map(_of_file, files), *recorded(), *_shipped()]


def recorded() -> list[Data]:
    """Return what is recorded of the installation's own market; its end moves on with it."""
    return [
        Data(source="market", symbol=one.symbol, timeframe=NAMES[M1], from_s=one.first_s, to_s=one.until_s)
        for one in record.symbols(SERVER_NAME)
        if is_known(one.symbol)
    ]


def find(*, source: Source, symbol: str, name: str = "") -> Data:
    """Return the data of that name. Raises Malformed."""
    for one in all_data():
        if (one.source, one.symbol) == (source, symbol) and one.name == (name if source == "file" else ""):
            return one
    raise Malformed(
        Fault("/data", f"There are no such prices of {symbol or 'this symbol'} here. Choose others.")
    )


def unreadable() -> list[MarketFile]:
    """Return the files of the folder that hold nothing that can be tested on, with the reason."""
    return list(MarketFile.objects.exclude(error="").order_by("name"))


def is_known(symbol: str) -> bool:
    return symbol in SYMBOLS or symbol in known_symbols()


def _of_file(row: MarketFile) -> Data:
    return Data(
        source="file",
        symbol=row.symbol,
        name=row.name,
        timeframe=row.timeframe,
        from_s=row.from_s,
        to_s=row.to_s,
        digest=row.digest,
    )


@cache
def _shipped() -> tuple[Data, ...]:
    with tempfile.TemporaryDirectory(prefix="metafleet-sample-") as folder:
        sample = open_supplies("sample", SYMBOLS, cache=Path(folder))
        shown = [
            Data(
                source="sample",
                symbol=name,
                timeframe=NAMES[one.timeframe],
                from_s=one.first_s,
                to_s=(one.last_s or 0) + PERIODS_S[one.timeframe],
            )
            for name, one in sample.items()
        ]
    made = [GeneratedSupply(spec, settings.MARKET_SEED) for spec in SYMBOLS.values()]
    shown += [
        Data(
            source="generator",
            symbol=one.spec.name,
            timeframe=NAMES[one.timeframe],
            from_s=one.first_s,
            seed=settings.MARKET_SEED,
        )
        for one in made
    ]
    return tuple(shown)


def supplied(data: Data, currency: str) -> list[Supplied]:
    """Return the prices of a test for the process that makes it, and of the pairs that an account needs.

    currency: of the account. Reads what was not read before. Raises DataGone.
    """
    try:
        pairs = pairs_for(data.symbol, currency)
        if data.source == "generator":
            return [Supplied(symbol=name, seed=data.seed) for name in (data.symbol, *pairs)]
        if data.source == "market":
            return [
                Supplied(symbol=name, path=str(_recorded_path(name, data.to_s)))
                for name in _recorded_names(data.symbol, pairs)
            ]
        beside = {name: path for name, path in _beside(data).items() if name in pairs}
        files = {data.symbol: _path_of(data), **beside}
        return [Supplied(symbol=name, path=str(_kept_path(path, name))) for name, path in files.items()]
    except (MarketFileRefused, OSError, KeyError) as gone:
        raise DataGone(f"The prices of {data.symbol} cannot be read any more: {gone}"[:400]) from gone


def pairs_for(symbol: str, currency: str) -> list[str]:
    """Return the symbols that turn a symbol's profit and margin into the account's currency; none where it
    does that itself."""
    spec = spec_of(symbol)
    wanted = {spec.currency_profit, spec.currency_margin} - {currency}
    own = {spec.currency_base, spec.currency_profit}
    if currency in own and wanted <= own:
        return []
    others = (one for name, one in SYMBOLS.items() if name != symbol)
    around = {currency, *wanted}
    return [one.name for one in others if around & {one.currency_base, one.currency_profit}]


def _path_of(data: Data) -> Path:
    if data.source == "sample":
        return SAMPLE_FOLDER / f"{data.symbol}_M1.csv.gz"
    folder = Path(settings.MARKET_DATA_DIR)
    path = folder / data.name
    if not settings.MARKET_DATA_DIR or not path.is_file():
        raise DataGone(f"The file {data.name} is not in the market data's folder any more.")
    known = MarketFile.objects.filter(name=data.name).first()
    if data.digest and known is not None and known.digest != data.digest:
        raise DataGone(f"The file {data.name} has changed since this was asked for. Ask again.")
    return path


def _beside(data: Data) -> dict[str, Path]:
    """Other symbols of the same source over the same time: what a foreign account currency needs."""
    if data.source == "sample":
        return {name: SAMPLE_FOLDER / f"{name}_M1.csv.gz" for name in SYMBOLS if name != data.symbol}
    folder = Path(settings.MARKET_DATA_DIR)
    rows = MarketFile.objects.filter(
        error="", kind="bars", symbol__in=SYMBOLS, from_s__lte=data.from_s, to_s__gte=data.to_s
    ).exclude(symbol=data.symbol)
    return {row.symbol: folder / row.name for row in rows.order_by("symbol", "-rows", "name")}


def _recorded_names(symbol: str, pairs: list[str]) -> list[str]:
    there = {one.symbol for one in record.symbols(SERVER_NAME)}
    return [symbol, *(name for name in pairs if name in there)]


def _recorded_path(symbol: str, to_s: int) -> Path:
    """Write the record of a symbol up to a time where the process that tests can map it into memory.

    The same time gives the same file; those of times before are removed once no test can want them.
    """
    folder = cache_folder()
    path = folder / f"record_{symbol}_{to_s}.npy"
    if path.with_suffix(".json").exists():
        os.utime(path)
        return path
    rows = record.bars(SERVER_NAME, symbol, M1, span=(0, to_s))
    if not len(rows):
        raise DataGone(f"Nothing is recorded of {symbol} any more.")
    about = Kept(
        kind="bars",
        symbol=symbol,
        timeframe=M1,
        digits=spec_of(symbol).digits,
        zone=RECORD_ZONE,
        rows=len(rows),
        first_s=int(rows["time"][0]),
        last_s=int(rows["time"][-1]),
        source=SERVER_NAME,
        format="record",
        sha256=hashlib.sha256(rows.tobytes()).hexdigest(),
        counts_ticks=True,
        knows_spread=True,
    )
    _forget_older(folder, symbol)
    return keep_rows(rows, about, path)


def _forget_older(folder: Path, symbol: str) -> None:
    for path in folder.glob(f"record_{symbol}_*.npy"):
        # Another worker may be at the same; a process that has mapped the file keeps it.
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _RECORD_KEPT_S:
                path.with_suffix(".json").unlink()
                path.unlink()


def _kept_path(path: Path, symbol: str) -> Path:
    opened = _read(path, symbol)
    return Path(str(getattr(opened.rows, "filename", "")))


def _read(path: Path, symbol: str) -> Opened:
    if path.suffix == ".npy":
        opened = open_kept(path)
        if opened.about.zone != SERVER_ZONE:
            raise MarketFileRefused(f"{path.name} is by the clock of {opened.about.zone}; convert it again")
        return opened
    return kept_once(path, cache_folder(), spec_of(symbol))


def cache_folder() -> Path:
    """Where what was read is kept: the data folder, or /tmp where a container may write nowhere else."""
    for folder in (Path(settings.DATA_DIR) / "market", Path(tempfile.gettempdir()) / "metafleet-market"):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.access(folder, os.W_OK):
                return folder
    raise DataGone("This worker has no folder to keep prices in. Tell who runs the installation.")


def read_folder() -> int:
    """Write down what the operator's folder holds now; return how many files were read anew.

    A file is read again when its size or time has changed; what has gone from the folder goes here.
    """
    folder = Path(settings.MARKET_DATA_DIR) if settings.MARKET_DATA_DIR else None
    there = sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []
    paths = [path for path in there if is_market_file(path)][:MOST_FILES]
    MarketFile.objects.exclude(name__in=[path.name for path in paths]).delete()
    known = {row.name: row for row in MarketFile.objects.all()}
    read = 0
    for path in paths:
        stat, row = path.stat(), known.get(path.name)
        if row is None or (row.size, row.modified_ns) != (stat.st_size, stat.st_mtime_ns):
            fields = {"size": stat.st_size, "modified_ns": stat.st_mtime_ns, **_found(path)}
            MarketFile.objects.update_or_create(name=path.name, defaults=fields)
            read += 1
    return read


def _found(path: Path) -> dict[str, object]:
    nothing: dict[str, object] = {
        **dict.fromkeys(("symbol", "kind", "timeframe", "digest", "error"), ""),
        **dict.fromkeys(("from_s", "to_s", "rows"), 0),
    }
    symbol = symbol_in(path)
    if symbol is None or not is_known(symbol):
        return nothing | {"error": "Its name has no symbol that is known here: name it like EURUSD_M1.csv."}
    try:
        about = _read(path, symbol).about
    except (MarketFileRefused, OSError, ValueError) as refused:
        # The row has the name; where the folder is, is nobody's business here.
        said = str(refused).removeprefix(str(path)).lstrip(",: ").replace(f"{path.parent}/", "")
        return nothing | {"error": said[:400]}
    return nothing | {
        "symbol": symbol,
        "kind": about.kind,
        "timeframe": NAMES[about.timeframe] if about.kind == "bars" else "",
        "from_s": about.first_s,
        "to_s": about.last_s + (PERIODS_S[about.timeframe] if about.kind == "bars" else 1),
        "rows": about.rows,
        "digest": about.sha256,
    }
