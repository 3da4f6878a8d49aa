"""What an environment costs is what its sizes and the price file say, and the guide has the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from infra.terraform.cost.environments import ENVIRONMENTS, lines
from infra.terraform.cost.prices import FILE, NoSuchPrice, Prices
from infra.terraform.cost.table import GUIDE, guide_with, table


def _line(environment: str, what: str, prices: Prices) -> Decimal:
    return next(line.usd for line in lines(environment, prices) if line.what == what)


def test_the_guide_has_the_table_of_now() -> None:
    assert GUIDE.read_text() == guide_with(table(Prices())), "run python -m infra.terraform.cost"


def test_a_database_is_paid_with_its_standby_and_its_replicas() -> None:
    one = Decimal("0.159") * 730 + Decimal("0.115") * 200
    assert _line("production", "database", Prices()) == one * 4


def test_tasks_on_spot_without_a_nat_pay_three_tenths_and_an_address_each() -> None:
    power = (Decimal("0.04048") * Decimal("1.75") + Decimal("0.004445") * Decimal("3.5")) * 730
    assert (
        _line("dev", "services on Fargate", Prices()) == power * Decimal("0.3") + Decimal("0.005") * 730 * 5
    )


def test_a_price_that_rises_is_seen(tmp_path: Path) -> None:
    dearer = tmp_path / "prices.toml"
    dearer.write_text(FILE.read_text().replace("usd = 0.177", "usd = 0.277"))
    was, now = (
        _line("production", "machines for MetaTrader, Windows", Prices(file)) for file in (FILE, dearer)
    )
    assert now - was == Decimal("0.1") * 730 * 5


def test_a_size_without_a_price_is_named(tmp_path: Path) -> None:
    shorter = tmp_path / "prices.toml"
    shorter.write_text(FILE.read_text().replace('["cache.t4g.micro"]', '["cache.other"]'))
    with pytest.raises(NoSuchPrice, match=r"no price of 'cache\.t4g\.micro'"):
        lines("dev", Prices(shorter))


def test_each_price_says_where_and_when_it_was_read_and_is_of_use() -> None:
    source = (FILE.parents[0] / "cost/environments.py").read_text() + "".join(
        (FILE.parents[0] / f"environments/{name}/main.tf").read_text() for name in ENVIRONMENTS
    )
    for name, entry in Prices().entries().items():
        assert entry.keys() == {"usd", "source", "read"}, name
        assert name.split(" ")[-1] in source, f"nothing is paid by {name}"
