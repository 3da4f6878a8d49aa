"""The one interface, held by the paper account and by the official package alike."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.runner.agent.__main__ import open_source
from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.source import Source, SourceLost
from metafleet.runner.agent.tests.mt5_package import SERVER_AHEAD_S, Mt5Package
from metafleet.runner.tests.rig import PASSWORD, Broker

LOOKS = {"initialize", "terminal_info", "account_info", "positions_get", "history_deals_get"}


def paper(broker: Broker, login: int, password: str = PASSWORD) -> TerminalSettings:
    return TerminalSettings(
        name="paper",
        source="paper",
        pairing_code="ABCD-EFGH",
        address=f"127.0.0.1:{broker.port}",
        login=login,
        password=password,
        server=SERVER_NAME,
    )


MT5 = TerminalSettings(name="mt5", source="mt5", pairing_code="ABCD-EFGH", path=sys.executable)


@pytest.fixture(params=["paper", "mt5"])
def source(request: pytest.FixtureRequest, broker: Broker, mt5: Mt5Package) -> Iterator[Source]:
    """A terminal with a deposit or an entry, two later deals, and one open position."""
    if request.param == "paper":
        login = broker.open_account().login
        broker.order(login, action="deal", symbol="EURUSD", side="buy", volume=0.1)
        closed = broker.order(login, action="deal", symbol="EURUSD", side="sell", volume=0.2)
        broker.order(login, action="close", position=closed)
        made = open_source(paper(broker, login))
    else:
        mt5.trade(3, ago_s=86_400 * 900)
        mt5.trade(20, ago_s=50)
        mt5.trade(10, ago_s=60, kind=2)
        mt5.hold(20)
        made = open_source(MT5)
    yield made
    made.close()


def test_a_source_tells_the_account_with_its_login_and_server(source: Source) -> None:
    assert source.is_running()
    account = source.account()
    assert int(account.login or 0) > 0
    assert account.server
    assert float(account.balance) > 0
    assert account.margin_mode == "hedging"


def test_a_source_tells_how_its_terminal_is(source: Source) -> None:
    facts = source.facts()
    assert facts.is_connected
    assert facts.latency_ms is not None
    assert facts.latency_ms > 0


def test_deals_come_whole_by_ticket_and_only_what_is_after(source: Source) -> None:
    every = source.deals_after(0)
    tickets = [int(deal.ticket) for deal in every]
    assert len(tickets) >= 3
    assert tickets == sorted(set(tickets))
    assert [int(deal.ticket) for deal in source.deals_after(tickets[0])] == tickets[1:]
    assert source.deals_after(tickets[-1]) == []
    # One whose hub has lost some is asked for old ones again.
    assert [int(deal.ticket) for deal in source.deals_after(0)] == tickets
    assert all((deal.type is None) != (deal.deal_type is None) for deal in every)


def test_open_positions_are_told(source: Source) -> None:
    (held,) = source.positions()
    assert held.symbol == "EURUSD"
    assert float(held.volume) == 0.1
    assert held.stop_loss is None


def test_a_broker_that_refuses_is_a_lost_source_and_names_no_password(broker: Broker) -> None:
    source = open_source(paper(broker, broker.open_account().login, "wrong-password"))
    with pytest.raises(SourceLost) as lost:
        source.account()
    assert "wrong-password" not in str(lost.value)


def test_of_the_package_nothing_but_looks_is_called(mt5: Mt5Package) -> None:
    """`login`, `shutdown` and `order_send` would raise: the stand-in has none of them."""
    mt5.trade(1)
    source = open_source(MT5)
    for _ in range(3):
        source.facts()
        source.account()
        source.positions()
        source.deals_after(0)
    source.close()
    assert set(mt5.calls) == LOOKS
    assert mt5.calls.count("initialize") == 1


def test_a_terminal_that_went_away_is_attached_anew_when_it_is_back(mt5: Mt5Package) -> None:
    source = open_source(MT5)
    source.account()
    mt5.is_up = False
    for _ in range(2):
        with pytest.raises(SourceLost, match=r"No IPC connection \(-10004\)"):
            source.account()
    mt5.is_up = True
    assert source.account().login == mt5.login


def test_a_live_tick_tells_how_far_server_time_is_from_utc(mt5: Mt5Package) -> None:
    source = open_source(MT5)
    mt5.ticked_s = time.time() - 86_400  # of the weekend: it says nothing
    assert (source.facts().utc_offset_s, source.facts().last_tick_at) == (None, None)
    mt5.ticked_s = time.time()
    facts = source.facts()
    assert facts.utc_offset_s == SERVER_AHEAD_S
    assert facts.last_tick_at is not None


def test_a_terminal_without_a_process_does_not_run(mt5: Mt5Package) -> None:
    settings = TerminalSettings(name="mt5", source="mt5", pairing_code="A", path="/nowhere/terminal64.exe")
    source = open_source(settings)
    assert not source.is_running()
    with pytest.raises(SourceLost, match="cannot be started"):
        source.start()
    assert mt5.calls == []


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MetaTrader5", None)
    with pytest.raises(SourceLost, match="pip install MetaTrader5"):
        open_source(MT5)
