"""Passwords, the throttle, and which accounts may be opened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from metafleet.engine.broker.accounts import Throttle, check_opening
from metafleet.engine.broker.errors import AdminRefused
from metafleet.engine.broker.messages import Login, OpenAccount
from metafleet.engine.broker.passwords import hash_password, password_fits


def opening(**changes: Any) -> OpenAccount:
    wanted: dict[str, Any] = {
        "id": 1,
        "admin_key": "key",
        "name": "Alice",
        "password": "secret",
        "deposit": Decimal(10_000),
        "currency": "USD",
        "leverage": 100,
        "margin_mode": "hedging",
    }
    return OpenAccount(**(wanted | changes))


def test_a_password_fits_its_own_hash_only() -> None:
    kept = hash_password("sécret")
    assert password_fits("sécret", kept)
    assert not password_fits("secret", kept)
    assert kept != hash_password("sécret")


@pytest.mark.parametrize("changes", [{}, {"deposit": Decimal("0.01")}, {"leverage": 1}, {"currency": "JPY"}])
def test_a_sound_request_passes(changes: dict[str, Any]) -> None:
    check_opening(opening(**changes), ["USD", "JPY"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("password", "short"),
        ("password", "x" * 257),
        ("deposit", Decimal(0)),
        ("deposit", Decimal(-5)),
        ("deposit", Decimal("NaN")),
        ("deposit", Decimal("Infinity")),
        ("deposit", Decimal("1e30")),
        ("deposit", Decimal("10.001")),
        ("currency", "CHF"),
        ("leverage", 0),
        ("leverage", 1_001),
        ("margin_mode", "grossing"),
    ],
)
def test_an_unsound_request_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(AdminRefused, match=f"^{field}: "):
        check_opening(opening(**{field: value}), ["USD", "EUR"])


def test_a_deposit_is_of_whole_yen() -> None:
    with pytest.raises(AdminRefused, match="0 decimals"):
        check_opening(opening(currency="JPY", deposit=Decimal("100.50")), ["USD", "JPY"])


def test_after_five_failures_a_name_waits_a_minute() -> None:
    throttle = Throttle()
    for second in range(5):
        assert throttle.wait_s("login 1", second) == 0
        throttle.failed("login 1", second)
    assert throttle.wait_s("login 1", 10) == 50
    assert throttle.wait_s("login 2", 10) == 0
    assert throttle.wait_s("login 1", 60) == 0
    throttle.failed("login 1", 60)
    assert throttle.wait_s("login 1", 60.5) == 0.5
    throttle.succeeded("login 1")
    assert throttle.wait_s("login 1", 60.5) == 0


def test_secrets_are_not_in_any_representation() -> None:
    login = Login(id=1, login=2, password="pass-word", server="s")
    for request in (opening(password="pass-word", admin_key="admin-word"), login):
        assert "-word" not in repr(request)
        assert "-word" not in str(request)
