"""A runner holds its account's equity against the programme by itself, and acts once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.engine.programmes import terms
from metafleet.runner import clock, guard
from metafleet.runner.guard import Guard
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import Broker, Runner
from metafleet.runner.tests.test_commands import Life
from metafleet.wire import messages

D = Decimal
BALANCE = D(10_000)


def told(first: Decimal = BALANCE, on_breach: str = "flatten", **marks: Any) -> messages.Guard:
    """The two-step programme's first phase, whose marks begin at `first`."""
    programme = msgspec.to_builtins(terms.shipped()["two-step"])
    programme["phases"][0]["onBreach"] = on_breach
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "since": now,
        "day": terms.shipped()["two-step"].clock.day_of(now),
        "at": now - timedelta(minutes=1),
        **dict.fromkeys(("first_balance", "day_balance", "day_equity", "peak_equity"), first),
        **dict.fromkeys(("peak_balance", "eod_peak", "balance", "equity"), first),
        **marks,
    }
    return messages.Guard(programme=programme, phase="F1", marks=messages.GuardMarks(**facts))


def test_a_limit_that_holds_asks_for_nothing_and_a_broken_one_once() -> None:
    watch = Guard(told())
    assert watch.see(BALANCE, D(9_501)) is None
    fired = watch.see(BALANCE, D(9_500))
    assert fired is not None
    assert (fired.kind, fired.equity, fired.floor, fired.did) == ("daily_loss", 9_500, 9_500, "flatten")
    assert watch.see(BALANCE, D(9_000)) is None
    assert watch.due_s > clock.steady_s()


def test_the_day_turns_over_without_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Guard(told())
    assert watch.see(D(9_700), D(9_700)) is None
    monkeypatch.setattr(clock, "wall_s", lambda: datetime.now(UTC).timestamp() + 86_400)
    assert watch.see(D(9_300), D(9_300)) is None, "four hundred of this day, seven hundred in all"
    fired = watch.see(D(9_200), D(9_200))
    assert fired is not None
    assert (fired.kind, fired.floor) == ("daily_loss", 9_200)


def test_what_is_paid_out_is_no_loss() -> None:
    watch = Guard(told())
    watch.pay(D(-5_000))
    assert watch.see(D(5_000), D(5_000)) is None


def test_other_limits_begin_anew_and_none_at_all_end_it() -> None:
    watch = Guard(told())
    assert watch.see(BALANCE, D(9_000)) is not None
    watch.replace(told(first=D(9_000)))
    assert watch.due_s <= clock.steady_s()
    assert watch.see(D(9_000), D(9_000)) is None
    watch.replace(None)
    assert watch.due_s > clock.steady_s()


def test_a_programme_that_does_not_read_is_not_enforced(caplog: pytest.LogCaptureFixture) -> None:
    watch = Guard(msgspec.structs.replace(told(), programme={"firm": "?"}))
    assert watch.due_s > clock.steady_s()
    assert "does not read" in caplog.text


@pytest.mark.parametrize("did", ["flatten", "pause", "notify"])
def test_a_runner_does_what_the_programme_demands_and_reports_it(
    did: str, broker: Broker, gateway: Gateway, runner: Runner
) -> None:
    life = Life(broker, gateway, runner)
    life.open()
    # Marks of an account that was twice as rich: what it has now is far below every floor.
    rich = msgspec.to_builtins(told(first=BALANCE * 20, on_breach=did))
    assert life.do("GUARD", guard=rich)["result"] == {"guarded": True}
    gateway.wait_until(lambda: any(_fired(beat) for beat in gateway.heartbeats))
    fired = next(_fired(beat) for beat in gateway.heartbeats if _fired(beat))
    assert (fired["kind"], fired["did"]) == ("daily_loss", did)
    if did == "notify":
        assert gateway.statuses()[-1] == "running"
    else:
        gateway.wait_until(lambda: gateway.statuses()[-1] == "paused")
    if did == "flatten":
        gateway.wait_until(lambda: life.positions() == [])
    else:
        assert life.positions()
    life.terminal.close()


def test_a_runner_that_starts_with_limits_enforces_them(
    broker: Broker, gateway: Gateway, runner: Runner
) -> None:
    life = Life(broker, gateway, runner, guard=told(first=BALANCE * 20, on_breach="pause"))
    gateway.wait_until(lambda: gateway.statuses()[-1] == "paused")
    assert life.do("RESUME")["status"] == "done"
    gateway.wait_until(lambda: gateway.statuses()[-1] == "running")
    life.terminal.close()


def test_it_looks_once_a_second() -> None:
    watch = Guard(told())
    assert watch.due_s <= clock.steady_s()
    watch.see(BALANCE, BALANCE)
    assert watch.due_s > clock.steady_s()
    assert guard.LOOKS_EVERY_S == 1


def _fired(beat: dict[str, Any]) -> Any:
    return (beat.get("expert") or {}).get("guard")
