"""A stretch of a market that is made, kept in a file that every worker maps into its memory."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.supplies import KeptSupply, Supply
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import M1


def baked(supply: Supply, from_s: int, to_s: int, *, folder: Path, made_by: str) -> Supply:
    """Return the stretch of a supply, made the first time and mapped from the folder ever after.

    made_by: all that decides what the supply makes, beside its symbol. Raises MarketFileRefused.
    """
    return open_baked(supply.spec, bake(supply, from_s, to_s, folder=folder, made_by=made_by))


def bake(supply: Supply, from_s: int, to_s: int, *, folder: Path, made_by: str) -> Path:
    """Return the file of the stretch, written if it is not there. Raises MarketFileRefused."""
    of = msgspec.json.encode((supply.spec, supply.timeframe, from_s, to_s, made_by))
    file = folder / f"made_{supply.spec.name}_{hashlib.sha256(of).hexdigest()[:24]}.npy"
    try:
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write(file, supply.between(from_s, to_s))
    except OSError as error:
        raise MarketFileRefused(f"{file}: cannot be kept: {error}") from error
    return file


def open_baked(spec: SymbolSpec, file: Path) -> Supply:
    """Return what such a file holds: bars of M1, as whatever is made has. Raises MarketFileRefused."""
    try:
        rows: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise MarketFileRefused(f"{file}: cannot be read: {error}") from error
    if rows.dtype != RATES or not len(rows):
        raise MarketFileRefused(f"{spec.name}: the made market has no bars in this time")
    return KeptSupply(spec, rows, M1)


def _write(file: Path, rows: Array) -> None:
    """Whole or not at all; of two that make it at once, one wins, and both are right."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            np.save(stream, rows, allow_pickle=False)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
