"""Accounts in any currency trade any pair: what their money needs is quoted when they need it."""

from __future__ import annotations

import pytest

from metafleet.engine.mt5.tests.papers import deal, started, traded


@pytest.mark.parametrize(
    ("currency", "symbol"),
    [
        # The pair converts profit and margin, but not the commission in USD.
        ("EUR", "EURGBP"),
        ("GBP", "EURGBP"),
        ("CHF", "EURCHF"),
        ("JPY", "CHFJPY"),
        # Neither of its currencies is the account's.
        ("JPY", "EURGBP"),
        ("EUR", "CADJPY"),
        ("NZD", "XAUUSD"),
    ],
)
def test_an_account_trades_a_pair_of_other_currencies(currency: str, symbol: str) -> None:
    terminal = started(currency=currency, symbols=(), deposit=1_000_000, commission=3.5)
    traded(terminal, symbol=symbol)
    account = terminal.account_info()
    assert account is not None
    assert account.margin > 0
    assert account.profit < 0, "the spread"
    charged = terminal.history_deals_get(0, 2_000_000_000)
    assert charged is not None
    assert (charged[-1].commission < 0) == (symbol != "XAUUSD")


def test_a_commission_without_a_rate_is_in_the_accounts_currency() -> None:
    terminal = started(currency="EUR", symbols=("EURGBP",), commission=3.5)
    traded(terminal, symbol="EURGBP", volume=1.0)
    deals = terminal.history_deals_get(0, 2_000_000_000)
    assert deals is not None
    assert deals[-1].commission == -3.5


def test_a_check_shows_the_money_of_a_real_terminal() -> None:
    """Seen in the field: 10000.17 USD at 1:100 and one lot of USDJPY; the level is not rounded."""
    terminal = started(deposit=10_000.17)
    checked = terminal.order_check(deal(terminal, symbol="USDJPY", volume=1.0))
    assert checked is not None
    assert checked[:7] == (0, 10000.17, 10000.17, 0.0, 1000.0, 9000.17, 1000.017)
