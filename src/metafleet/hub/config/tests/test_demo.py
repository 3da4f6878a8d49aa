"""The demo's seeding, cut off in the middle and done late."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings

from metafleet.engine.broker.store import Market, Store
from metafleet.hub.config import demo
from metafleet.hub.console.demo import DEMO_EMAIL
from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.identity.models import Membership, User
from metafleet.hub.kernel import nudges
from metafleet.hub.kernel.tenancy import tenant_scope, user_scope

pytestmark = pytest.mark.usefixtures("catalogue")


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture(autouse=True)
def short_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(demo, "PAST_MINUTES", 1_600)
    monkeypatch.setattr(nudges, "_send", lambda *_: None)


def seed() -> None:
    demo.seed(lambda _: None)


def seed_until(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Seed until the demo calls this, and die there."""

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(demo, name, die)
        with pytest.raises(Killed):
            seed()


def logins_at_the_broker() -> dict[int, int]:
    """Return how many deals each account has, by login."""
    with Store(Path(settings.DATA_DIR) / "broker") as store:
        return {book.login: len(store.deals(book.login)) for book in store.books()}


def market() -> Market:
    with Store(Path(settings.DATA_DIR) / "broker") as store:
        kept = store.market()
    assert kept is not None
    return kept


def connected_logins() -> list[int]:
    user = User.objects.get(email=DEMO_EMAIL)
    with user_scope(user.id):
        tenant_id = Membership.objects.get(user=user).tenant_id
    with tenant_scope(tenant_id):
        return list(TradingAccount.objects.order_by("login").values_list("login", flat=True))


@pytest.mark.parametrize("place", ["seed_account", "seed_market", "_write", "_forget_seats"])
def test_a_seeding_that_was_killed_leaves_no_account_behind(
    db: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    seed_until(monkeypatch, place)
    seed()
    assert connected_logins() == sorted(logins_at_the_broker())
    file = Path(settings.DATA_DIR) / "demo.json"
    assert sorted(json.loads(file.read_text())) == ["email", "password"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_demo_that_comes_later_leaves_the_market_as_it_is(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_until(monkeypatch, "_write")
    before = market()
    (Path(settings.DATA_DIR) / "demo.json").unlink()
    first = logins_at_the_broker()
    gone_on = msgspec.structs.replace(before.cursor, market_msc=before.cursor.market_msc + 86_400_000)
    with Store(Path(settings.DATA_DIR) / "broker") as store:
        store.save_market(gone_on, before.quotes, {})
    seed()
    assert market().cursor == gone_on
    fresh = {login: deals for login, deals in logins_at_the_broker().items() if login not in first}
    assert sorted(fresh) == connected_logins()
    assert set(fresh.values()) == {1}  # the deposit


def test_a_login_that_somebody_else_took_meanwhile_is_left_to_them(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_until(monkeypatch, "_write")
    file = Path(settings.DATA_DIR) / "demo.json"
    document = json.loads(file.read_text())
    theirs = document["accounts"][0]
    theirs["password"] = "not-the-one-that-opens-it"
    file.write_text(json.dumps(document))
    seed()
    assert theirs["login"] not in connected_logins()
    assert len(connected_logins()) == len(demo.WISHES)
