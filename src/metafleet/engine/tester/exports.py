"""A test's trades, orders, deals and equity as tables: CSV, or Parquet where pyarrow is installed.

Nothing is left out or thinned. Times are by the server's clock, without a zone; money is exact.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args, get_type_hints

import msgspec
import numpy as np

from metafleet.engine.broker.records import Deal, Order
from metafleet.engine.tester.contract import TestResult
from metafleet.engine.tester.trades import TestTrade, trades_of

if TYPE_CHECKING:
    from types import ModuleType

Kind = Literal["trades", "orders", "deals", "equity"]
KINDS: Final[tuple[Kind, ...]] = ("trades", "orders", "deals", "equity")

_ROWS_AT_ONCE: Final = 50_000
"""Of a Parquet file's group: a few MB of memory, whatever the length of the test."""

_MOMENT: Final = "_msc"


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
    table = _TABLES[kind](result)
    return (_write_csv if path.suffix == ".csv" else _write_parquet)(path, table)


@dataclass(frozen=True, slots=True)
class _Table:
    """Columns, by name, and what they hold; a name that ends in _msc holds moments. rows: as many values."""

    columns: Mapping[str, type]
    rows: Iterable[Sequence[Any]]

    @property
    def names(self) -> list[str]:
        return [name.removesuffix(_MOMENT) for name in self.columns]

    def values(self) -> Iterator[list[Any]]:
        """Yield the rows, moments as datetime without a zone, None for none."""
        is_moment = [name.endswith(_MOMENT) for name in self.columns]
        for row in self.rows:
            yield [_moment(value) if moment else value for value, moment in zip(row, is_moment, strict=True)]


def _moment(msc: int | None) -> datetime | None:
    return datetime.fromtimestamp(msc / 1000, UTC).replace(tzinfo=None) if msc else None


def _write_csv(path: Path, table: _Table) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.names)
        for row in table.values():
            count += 1
            writer.writerow([_written(one) for one in row])
    return count


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    # A text that a spreadsheet would take for a formula is one no more.
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _write_parquet(path: Path, table: _Table) -> int:
    arrow = _pyarrow()
    from pyarrow import parquet

    kinds = {
        int: arrow.int64(),
        float: arrow.float64(),
        str: arrow.string(),
        Decimal: arrow.decimal128(18, 2),
    }
    schema = arrow.schema(
        [
            (name, arrow.timestamp("ms") if column.endswith(_MOMENT) else kinds[kind])
            for name, (column, kind) in zip(table.names, table.columns.items(), strict=True)
        ]
    )
    count, rows = 0, table.values()
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            count += len(some)
            columns = [
                arrow.array(column, field.type)
                for column, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(columns, schema=schema))
    return count


def _pyarrow() -> ModuleType:
    with suppress(ImportError):
        import pyarrow

        return pyarrow  # type: ignore[no-any-return]
    raise ExportRefused("Parquet needs pyarrow: pip install 'metafleet[parquet]', or write .csv")


def _records(kind: type[msgspec.Struct], records: Sequence[Any]) -> _Table:
    hints = get_type_hints(kind)
    columns = {name: _plain(hints[name]) for name in kind.__struct_fields__}
    return _Table(columns, ([getattr(one, name) for name in columns] for one in records))


def _plain(hint: Any) -> type:
    """Of a type that may be None: the type."""
    kinds = [one for one in get_args(hint) if one is not NoneType] or [hint]
    return cast(type, kinds[0])


def _equity(result: TestResult) -> _Table:
    curve = result.curve
    columns = {"time_msc": int, "balance": float, "equity": float, "equity_low": float, "margin": float}
    money = (np.round(each, 2).tolist() for each in (curve.balance, curve.equity, curve.low, curve.margin))
    return _Table(columns, zip((curve.times * 1000).tolist(), *money, strict=True))


_TABLES: Final[dict[Kind, Callable[[TestResult], _Table]]] = {
    "trades": lambda result: _records(TestTrade, trades_of(result).lines),
    "orders": lambda result: _records(Order, result.orders),
    "deals": lambda result: _records(Deal, result.deals),
    "equity": _equity,
}
