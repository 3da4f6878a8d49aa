"""Commissions and fees: a lot, a deal, a share of the turnover, at the entry or both ways."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import Charge, forex_commission
from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.broker.tests.bench import account, market, market_order
from metafleet.engine.market.symbols import CALC_CFD_LEVERAGE


@pytest.mark.parametrize(
    ("charge", "entry", "exit_"),
    [
        (Charge(amount=Decimal("3.5")), "-1.75", "-1.75"),
        (Charge(amount=Decimal("3.5"), at_exit=False), "-1.75", "0.00"),
        (Charge(amount=Decimal(2), per="deal"), "-2.00", "-2.00"),
        # 0.5 x 100,000 x 1.09152 = 54,576 USD bought, 54,568.50 sold; 0.002 % of them.
        (Charge(amount=Decimal("0.002"), per="turnover"), "-1.09", "-1.09"),
        # 1 EUR at the ask: a charge is a loss.
        (Charge(amount=Decimal(1), per="deal", currency="EUR"), "-1.09", "-1.09"),
        (Charge(amount=Decimal(5), calc_modes=(CALC_CFD_LEVERAGE,)), "0.00", "0.00"),
    ],
)
def test_a_deal_is_charged(charge: Charge, entry: str, exit_: str) -> None:
    ledger = account(market())
    ledger.terms = Terms(commissions=(charge,), fees=(Charge(amount=Decimal("0.30"), per="deal"),))
    ticket = ledger.order_send(market_order("buy", 0.5)).order
    ledger.order_send(OrderRequest(action="close", position=ticket))
    opening, closing = ledger.deals[1:]
    assert (opening.commission, closing.commission) == (Decimal(entry), Decimal(exit_))
    assert opening.fee == closing.fee == Decimal("-0.30")
    assert ledger.book.balance == sum(deal.net for deal in ledger.deals)


def test_several_charges_are_one_commission() -> None:
    ledger = account(market())
    ledger.terms = Terms(
        commissions=(*forex_commission(Decimal("3.50")), Charge(amount=Decimal(1), per="deal"))
    )
    ledger.order_send(market_order("buy", 0.01))
    # 0.035 and 1, rounded once.
    assert ledger.deals[-1].commission == Decimal("-1.04")
