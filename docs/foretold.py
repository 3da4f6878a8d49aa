"""Models for the documentation's pictures: one that found the edge that was planted, one that found none.

Their prices are made up, the same each time; what asks them then trades a market that has no such edge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scenery import Desk

from metafleet.brain.training import Study, train
from metafleet.brain.training.tests.markets import Edge, market
from metafleet.engine.market.symbolfile import known_symbols

BARS: Final = 10_000
EDGE, NO_EDGE = "majors-h1", "walk-h1"
SYMBOLS: Final = ("EURUSD", "GBPUSD", "USDJPY")
SIGNALS: Final = 30
"""That were given before their picture is taken."""
SETTINGS: Final = {"METAFLEET_MARKET_SPEED": "240", "METAFLEET_ADVISOR_PROCESSES": "1"}
"""A bar of an hour takes a quarter of a minute."""


def register(desk: Desk, folder: Path) -> None:
    """Register both, promote the one that earned it, and let the desk run EAs enough to ask it."""
    if desk.get("/api/models"):
        return
    me = desk.get("/api/me")
    desk.post(f"/api/operator/tenants/{me['tenantId']}/plan", plan="platinum")
    desk.register(_trained(folder / f"{NO_EDGE}.mfm", "none"))
    version = desk.register(_trained(folder / f"{EDGE}.mfm", "weekday"))
    desk.post(f"/api/models/versions/{version}/promote", note="It beat its baseline, costs in.")


def card(desk: Desk, name: str) -> str:
    """Return the address of a model's card."""
    (model,) = (row for row in desk.get("/api/models") if row["name"] == name)
    return f"/models/{model['id']}"


def follow(desk: Desk) -> None:
    """Let EAs ask for signals until there is something to see."""
    desk.deploy("brain-signal", len(SYMBOLS), SYMBOLS, timeframe="H1", model=EDGE)
    desk.wait("/api/signals", lambda found: found["total"] >= SIGNALS)


def be_advised(desk: Desk) -> None:
    """Wait for the first recommendations: evidence is gathered once the product has been up for minutes."""
    desk.wait("/api/recommendations", lambda found: bool(found["items"]))


def _trained(path: Path, edge: Edge) -> Path:
    bars = {symbol: market(BARS, seed, edge=edge, strength=0.3) for seed, symbol in enumerate(SYMBOLS)}
    study = Study(name=path.stem, bars=bars, specs=known_symbols(), timeframe="H1")
    path.write_bytes(train(study).model.to_bytes())
    return path
