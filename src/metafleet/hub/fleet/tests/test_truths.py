"""Three truths about an account, each on its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from metafleet.hub.fleet import truths
from metafleet.hub.fleet.truths import Voice
from tests.cast import NOW


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def heard(
    seconds: float, *, linked: bool = True, allowed: bool | None = True, interval_s: float = 5
) -> Voice:
    """A terminal whose last heartbeat is so old."""
    return Voice(ago(seconds), ago(seconds) if linked else None, allowed, interval_s)


@pytest.mark.parametrize(
    ("age_s", "interval_s", "trust"),
    [
        (15, 5, "fresh"),
        (15.1, 5, "late"),
        (60, 5, "late"),
        (60.1, 5, "stale"),
        (90, 30, "fresh"),
        (91, 30, "late"),
    ],
)
def test_trust_goes_by_the_heartbeats_that_are_missing(age_s: float, interval_s: float, trust: str) -> None:
    assert truths.telemetry(ago(age_s), NOW, interval_s) == trust


def test_who_was_never_heard_is_not_trusted_and_not_online() -> None:
    assert truths.telemetry(None, NOW, 5) == "none"
    assert truths.account_telemetry([Voice(None)], NOW) == ("none", None)
    assert not truths.is_online(Voice(None), NOW)


def test_an_account_is_trusted_as_its_best_terminal() -> None:
    assert truths.account_telemetry([heard(500), heard(3), Voice(None)], NOW) == ("fresh", ago(3))


def test_a_terminal_is_online_until_three_heartbeats_are_missing() -> None:
    assert [truths.is_online(heard(age), NOW) for age in (15, 16)] == [True, False]


@pytest.mark.parametrize(
    ("voices", "wanted", "state"),
    [
        ([heard(1)], [], "allowed"),
        ([heard(1)], ["running", "paused"], "allowed"),
        ([heard(1)], ["paused", "paused"], "paused"),
        ([heard(1, allowed=False)], ["paused"], "forbidden"),
        ([heard(1), heard(1, allowed=False)], ["running"], "forbidden"),
        ([heard(1), heard(61, allowed=False)], [], "allowed"),
        ([heard(1, allowed=None)], ["running"], "unknown"),
        ([heard(61)], ["running"], "unknown"),
        ([heard(61)], ["paused"], "paused"),
        ([], [], "unknown"),
    ],
)
def test_trading_is_forbidden_by_a_terminal_paused_by_a_person_or_allowed(
    voices: list[Voice], wanted: list[str], state: str
) -> None:
    assert truths.trading(voices, wanted, NOW) == state


def test_a_heartbeat_with_the_accounts_figures_proves_the_link() -> None:
    assert truths.broker_link([heard(2)], NOW) == truths.Link("linked", ago(2))


def test_heartbeats_without_the_accounts_figures_mean_that_the_link_is_lost() -> None:
    silent = Voice(ago(2), linked_at=ago(40), trade_allowed=True)
    assert truths.broker_link([silent], NOW) == truths.Link("lost", ago(40))
    assert truths.broker_link([silent, heard(4)], NOW) == truths.Link("linked", ago(4))


def test_silence_says_nothing_about_the_link() -> None:
    assert truths.broker_link([heard(61)], NOW) == truths.Link("unknown", ago(61))
    assert truths.broker_link([], NOW) == truths.Link("unknown", None)


def test_the_three_truths_do_not_follow_from_each_other() -> None:
    """Heard every second, not signed in, trading allowed: as in a night without the broker."""
    voice = Voice(ago(1), linked_at=ago(3600), trade_allowed=True)
    assert truths.account_telemetry([voice], NOW)[0] == "fresh"
    assert truths.broker_link([voice], NOW).state == "lost"
    assert truths.trading([voice], [], NOW) == "allowed"
