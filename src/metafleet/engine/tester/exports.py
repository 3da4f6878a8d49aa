"""A test's trades, orders, deals and equity as tables: CSV, or Parquet where pyarrow is installed.

Nothing is left out or thinned. Times are by the server's clock, without a zone; money is exact.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from metafleet.engine.broker.records import Deal, Order
from metafleet.engine.tester.contract import TestResult
from metafleet.engine.tester.trades import TestTrade, trades_of

if TYPE_CHECKING:
    from types import ModuleType

Kind = Literal["trades", "orders", "deals", "equity"]
KINDS: Final[tuple[Kind, ...]] = ("trades", "orders", "deals", "equity")

_ROWS_AT_ONCE: Final = 50_000
"""Of a Parquet file's group: a few MB of memory, whatever the length of the test."""

_ENDING: Final = "_msc"


class ExportRefused(ValueError):
    """The table cannot be written so; the text is one sentence that says what to change."""


def check_export(path: Path) -> None:
    """Raise ExportRefused for a file that could not be written: before hours are spent on a test."""
    if path.suffix not in {".csv", ".parquet"}:
        raise ExportRefused(f"{path.name} must end in .csv or .parquet")
    if path.suffix == ".parquet":
        _pyarrow()
    if not path.absolute().parent.is_dir():
        raise ExportRefused(f"there is no folder {path.absolute().parent}")


def export(result: TestResult, kind: Kind, path: Path) -> int:
    """Write a table and return its rows; the file's name says the format. Raises ExportRefused, OSError."""
    check_export(path)
    names, rows = _TABLES[kind](result)
    shown = [name.removesuffix(_ENDING) for name in names]
    told = ([_value(name, value) for name, value in zip(names, row, strict=True)] for row in rows)
    return (_write_csv if path.suffix == ".csv" else _write_parquet)(path, shown, told)


def _write_csv(path: Path, names: Sequence[str], rows: Iterator[list[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for row in rows:
            count += 1
            writer.writerow(
                [
                    one.isoformat(" ", "milliseconds") if isinstance(one, datetime) else _harmless(one)
                    for one in row
                ]
            )
    return count


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula is one no more."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _write_parquet(path: Path, names: Sequence[str], rows: Iterator[list[Any]]) -> int:
    arrow = _pyarrow()
    from pyarrow import parquet  # type: ignore[import-not-found, unused-ignore]

    whole = list(rows)
    columns = {name: [row[place] for row in whole] for place, name in enumerate(names)}
    table = arrow.table({name: arrow.array(values, _type(arrow, values)) for name, values in columns.items()})
    parquet.write_table(table, path, compression="zstd", row_group_size=_ROWS_AT_ONCE)
    return len(whole)


def _type(arrow: ModuleType, values: Sequence[Any]) -> Any:
    """Of a column's values; one that has none is of text, so that no file has a column without a type."""
    first = next((one for one in values if one is not None), None)
    if isinstance(first, datetime):
        return arrow.timestamp("ms")
    kinds = {bool: arrow.bool_(), int: arrow.int64(), float: arrow.float64(), str: arrow.string()}
    return kinds.get(type(first), arrow.string() if first is None else arrow.decimal128(18, 2))


def _pyarrow() -> ModuleType:
    with suppress(ImportError):
        import pyarrow  # type: ignore[import-not-found, unused-ignore]

        return pyarrow  # type: ignore[no-any-return, unused-ignore]
    raise ExportRefused("Parquet needs pyarrow: pip install 'metafleet[parquet]', or write .csv")


def _value(name: str, value: Any) -> Any:
    if not name.endswith(_ENDING):
        return value
    return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None) if value else None


def _records(kind: type[msgspec.Struct], records: Sequence[Any]) -> tuple[list[str], Iterator[list[Any]]]:
    names = list(kind.__struct_fields__)
    return names, ([getattr(one, name) for name in names] for one in records)


def _equity(result: TestResult) -> tuple[list[str], Iterator[list[Any]]]:
    curve = result.curve
    columns = (curve.balance, curve.equity, curve.low, curve.margin)
    names = ["time_msc", "balance", "equity", "equity_low", "margin"]
    return names, (
        [int(time_s) * 1000, *(round(float(column[at]), 2) for column in columns)]
        for at, time_s in enumerate(curve.times)
    )


_TABLES: Final[dict[Kind, Callable[[TestResult], tuple[list[str], Iterator[list[Any]]]]]] = {
    "trades": lambda result: _records(TestTrade, trades_of(result).lines),
    "orders": lambda result: _records(Order, result.orders),
    "deals": lambda result: _records(Deal, result.deals),
    "equity": _equity,
}
