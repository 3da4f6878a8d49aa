"""Markets by the API: the board before and after its first bars, a symbol's past, correlations."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.hub.advisor.analysis import refreshing
from metafleet.hub.advisor.models import MarketEvent, MarketSentiment
from metafleet.hub.advisor.tests.walks import bars, noise
from metafleet.hub.kernel import clock
from metafleet.hub.market import record
from tests.cast import Person

pytestmark = pytest.mark.django_db


def recorded() -> None:
    for seed, symbol in enumerate(("EURUSD", "GBPUSD"), start=1):
        record.keep(SERVER_NAME, symbol, bars(noise(40 * 1_440, 1e-4, seed), period_s=60))
    refreshing.refresh_due(clock.now())


def test_before_its_first_bars_the_board_is_empty_and_says_so(alice: Person) -> None:
    board = alice.client.get("/api/markets").json()
    assert (board["symbols"], board["lookedAt"], board["events"]) == ([], None, None)
    assert [one["name"] for one in board["sessions"]] == ["Sydney", "Tokyo", "London", "New York"]
    assert alice.client.get("/api/markets/correlations").json()["symbols"] == []
    assert alice.client.get("/api/markets/symbols/EURUSD").status_code == 404


def test_the_board_has_each_symbol_on_each_timeframe(alice: Person) -> None:
    recorded()
    MarketSentiment.objects.create(symbol="EURUSD", at=clock.now(), long_ratio=0.67, positions=100)
    for hours, name in ((3, "Payrolls"), (-5, "Long over"), (60, "Far")):
        at = clock.now() + timedelta(hours=hours)
        MarketEvent.objects.create(source_id=name, at=at, currency="USD", impact="high", name=name)
    board = alice.client.get("/api/markets").json()
    eurusd, gbpusd = board["symbols"]
    assert [cell["timeframe"] for cell in eurusd["cells"]] == ["M15", "H1", "H4", "D1"]
    hour = eurusd["cells"][1]
    assert hour["regime"]["name"] in hour["regime"]["probabilities"]
    assert sum(hour["regime"]["probabilities"].values()) == pytest.approx(1)
    assert eurusd["cells"][3] == {
        **dict.fromkeys(("knownAt", "volatility", "trend", "regime")), "timeframe": "D1", "bars": 0,
    }  # fmt: skip
    assert (eurusd["sentiment"]["longRatio"], gbpusd["sentiment"]) == (0.67, None)
    assert [one["name"] for one in board["events"]] == ["Payrolls"]
    assert board["hasSentiment"] is True


def test_a_symbols_bars_have_what_could_be_said_of_each(alice: Person) -> None:
    recorded()
    past = alice.client.get("/api/markets/symbols/EURUSD", {"timeframe": "H1"}).json()
    assert len(past["bars"]) == 500
    board = alice.client.get("/api/markets").json()["symbols"][0]["cells"][1]
    assert past["bars"][-1]["regime"] == board["regime"]["name"]
    assert past["bars"][-1]["percentile"] == pytest.approx(board["volatility"]["percentile"], abs=1e-3)
    assert len(past["hours"]) == 1
    assert alice.client.get("/api/markets/symbols/EURUSD", {"timeframe": "M7"}).status_code == 400


def test_correlations_are_of_bars_in_common(alice: Person) -> None:
    recorded()
    found = alice.client.get("/api/markets/correlations").json()
    assert (found["symbols"], found["changes"]) == (["EURUSD", "GBPUSD"], 300)
    assert found["values"][0][0] == 1
    assert found["low"][0][1] < found["values"][0][1] < found["high"][0][1]
    assert found["values"][0][1] == found["values"][1][0]
