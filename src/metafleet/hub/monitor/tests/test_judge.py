"""The judge: live equity against programmes and rules, and what is done, told and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import OperationalError

from metafleet.hub.fleet import guards
from metafleet.hub.fleet.models import AccountState, Agent, Terminal, TradingAccount
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incidents
from metafleet.hub.monitor.judge import lease, sight
from metafleet.hub.monitor.judge.turn import ALL_EVERY, RESTS, Judge
from metafleet.hub.monitor.models import (
    AccountGroup,
    AccountMark,
    AccountProfile,
    BackupStanding,
    Channel,
    Rule,
)
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import ModelLook
from metafleet.hub.monitor.tests.bench import SECOND, Court, court
from tests.cast import NOW, Person, deploy

pytestmark = pytest.mark.usefixtures("catalogue")

MINUTE = timedelta(minutes=1)
BALANCE, BUY = 2, 0


@pytest.fixture
def alices(alice: Person) -> Court:
    with tenant_scope(alice.tenant_id):
        Channel.objects.create(tenant_id=alice.tenant_id, kind="webhook", name="All", created_by="alice")
    return court(alice)


def test_a_loss_beyond_the_limit_pauses_the_ea_and_says_so_once(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.rule("loss", "pause", params={"limit": 1000})
    alices.see(10_000)
    alices.see(10_000, 9_001)
    assert alices.instance().desired_state == "running"
    alices.see(10_000, 9_000)
    instance = alices.instance()
    assert (instance.desired_state, instance.pause_mode, instance.paused_by) == (
        "paused",
        "hold",
        incidents.SYSTEM,
    )
    assert not instance.paused_by_person
    alices.see(10_000, 8_900)
    assert alices.incidents() == [("loss", "critical", "open")]
    assert alices.timeline() == ["opened", "worse", "acted"]
    assert "Paused: " in alices.texts()
    assert alices.told() == ["opened", "worse"]


@pytest.mark.parametrize(("late", "waits"), [(timedelta(), False), (5 * SECOND, True)])
def test_what_comes_between_two_looks_at_all_is_judged_at_once_unless_it_is_late(
    alices: Court, late: timedelta, waits: bool
) -> None:
    deploy(alices.person, alices.account)
    alices.rule("loss", "pause", params={"limit": 1000})
    alices.see(10_000, after=10 * SECOND)
    alices.see(10_000, 9_000, after=SECOND / 4, late=late)
    assert alices.instance().desired_state == ("running" if waits else "paused")
    alices.turn(ALL_EVERY)
    assert alices.instance().desired_state == "paused"


def test_flattening_closes_what_the_ea_holds_and_what_others_hold(alices: Court) -> None:
    deploy(alices.person, alices.account)
    with tenant_scope(alices.person.tenant_id):
        Terminal.objects.create(
            tenant_id=alices.person.tenant_id,
            account=alices.account,
            platform="mt5",
            protocol=2,
            heartbeat_at=NOW + 5 * SECOND,
            enrolled_at=NOW,
        )
    alices.rule("loss", "pause", "flatten", params={"limit": 1000})
    alices.see(10_000)
    alices.see(10_000, 8_000)
    assert alices.instance().pause_mode == "flatten"
    assert "CLOSE_ALL" in alices.commands()


def test_an_account_without_eas_says_that_nothing_was_paused(alices: Court) -> None:
    alices.rule("loss", "pause", params={"limit": 1000})
    alices.see(10_000)
    alices.see(10_000, 8_000)
    assert "No EA of this account runs here" in alices.texts()


def test_what_is_over_is_resolved_and_what_comes_back_is_another(alices: Court) -> None:
    alices.rule("drawdown", params={"limit": 10})
    for equity in (10_000, 8_900, 8_950, 9_200, 8_900):
        alices.see(10_000, equity)
    assert alices.incidents() == [("drawdown", "critical", "resolved"), ("drawdown", "critical", "open")]


def test_warnings_come_by_stages_and_are_over_when_the_limit_is_far_again(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    for equity in (9_500, 9_490, 9_240, 9_050, 9_060):
        alices.see(10_000, equity)
    assert alices.incidents() == [("loss", "warning", "open")]
    assert alices.timeline() == ["opened", "worse", "worse"]
    alices.see(10_000, 9_900)
    assert alices.incidents() == [("loss", "warning", "resolved")]


def test_a_breach_is_found_again_by_a_judge_that_takes_over(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    alices.see(10_000, 8_900)
    other = Judge()
    other.load()
    alices.judge = other
    alices.see(10_000, 8_800)
    alices.see(10_000, 9_950)
    assert alices.incidents() == [("loss", "critical", "resolved")]


@pytest.mark.parametrize(
    ("kind", "params", "path"),
    [
        ("loss", {"limit": 5, "unit": "percent"}, [(10_000, 10_000), (10_000, 9_500), (10_000, 9_900)]),
        (
            "drawdown",
            {"limit": 500, "unit": "money", "below": "first_balance"},
            [(10_000, 10_000), (10_000, 9_500), (10_000, 10_000)],
        ),
        ("profit_target", {"target": 500}, [(10_000, 10_000), (10_500, 10_500), (10_100, 10_100)]),
    ],
)
def test_every_kind_that_reads_equity_fires_and_is_over(
    alices: Court, kind: str, params: dict[str, float], path: list[tuple[int, int]]
) -> None:
    alices.rule(kind, params=params)
    for balance, equity in path:
        alices.deal(int(alices.now.timestamp()), BUY, 0)
        alices.see(balance, equity)
    ((found, _, state),) = alices.incidents()
    assert (found, state) == (kind, "resolved")


def test_a_margin_level_near_the_stop_out_fires_and_is_over_when_nothing_is_open(alices: Court) -> None:
    alices.rule("margin_level", params={"below": 150})
    alices.see(10_000, margin=1_000)
    alices.see(10_000, 1_400, margin=1_000)
    assert alices.incidents() == [("margin_level", "critical", "open")]
    alices.see(10_000, margin=0)
    assert alices.incidents() == [("margin_level", "critical", "resolved")]


def test_a_terminal_that_is_silent_is_told_of_until_it_is_heard(alices: Court) -> None:
    with tenant_scope(alices.person.tenant_id):
        Terminal.objects.create(
            tenant_id=alices.person.tenant_id, account=alices.account, platform="mt5", heartbeat_at=NOW
        )
    alices.rule("heartbeat_late", params={"afterS": 120})
    alices.turn(MINUTE)
    assert alices.incidents() == []
    alices.turn(MINUTE)
    assert alices.incidents() == [("heartbeat_late", "warning", "open")]
    with tenant_scope(alices.person.tenant_id):
        Terminal.objects.update(heartbeat_at=alices.now)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("heartbeat_late", "warning", "resolved")]


@pytest.mark.parametrize(
    ("of", "facts"),
    [
        ("cpu", {"cpu_percent": 81}),
        ("memory", {"memory_mb": 1000, "memory_used_mb": 810}),
        ("disk", {"disk_mb": 1000, "disk_free_mb": 190}),
    ],
)
def test_a_machine_that_runs_out_is_told_of_when_it_lasts(
    alices: Court, of: str, facts: dict[str, float]
) -> None:
    with tenant_scope(alices.person.tenant_id):
        agent = Agent.objects.create(
            tenant_id=alices.person.tenant_id, label="vps-1", heartbeat_at=NOW + MINUTE, **facts
        )
    alices.rule("host_load", params={"of": of, "above": 80, "forS": 60})
    alices.turn()
    assert alices.incidents() == []
    alices.turn(MINUTE)
    assert alices.incidents() == [("host_load", "warning", "open")]
    with tenant_scope(alices.person.tenant_id):
        Agent.objects.filter(id=agent.id).update(
            cpu_percent=10, memory_used_mb=10, disk_free_mb=990, heartbeat_at=alices.now
        )
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("host_load", "warning", "resolved")]


def test_a_machine_that_is_silent_is_told_of_until_it_is_heard(alices: Court) -> None:
    with tenant_scope(alices.person.tenant_id):
        Agent.objects.create(tenant_id=alices.person.tenant_id, label="vps-1", heartbeat_at=NOW)
    alices.rule("machine_late", params={"afterS": 120})
    alices.turn(2 * MINUTE)
    assert alices.incidents() == [("machine_late", "critical", "open")]
    with tenant_scope(alices.person.tenant_id):
        Agent.objects.update(heartbeat_at=alices.now)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("machine_late", "critical", "resolved")]


def test_a_spread_far_above_normal_pauses_the_ea_whose_symbol_it_is(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.rule("spread", "pause", params={"factor": 5, "forS": 0})
    alices.run(spread_points=49, spread_normal=10, spread_samples=60)
    alices.turn(6 * SECOND)
    assert alices.incidents() == []
    alices.run(spread_points=50)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("spread", "warning", "open")]
    assert alices.instance().desired_state == "paused"
    alices.run(spread_points=11)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("spread", "warning", "resolved")]


def test_results_out_of_an_eas_own_range_are_told_of_until_they_are_back(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.rule("results_range", params={"last": 5})
    alices.trades([10, -5] * 20)
    alices.turn(MINUTE)
    assert alices.incidents() == []
    alices.trades([-6] * 5)
    alices.turn(MINUTE)
    assert alices.incidents() == [("results_range", "warning", "open")]
    alices.trades([10, 10, -5, 10, 10])
    alices.turn(MINUTE)
    assert alices.incidents() == [("results_range", "warning", "resolved")]


def test_failed_items_that_grow_are_told_of_until_they_do_not(alices: Court) -> None:
    alices.rule("failed_items", params={"above": 3, "windowS": 3600})
    alices.fail_items(2)
    alices.turn(MINUTE)
    assert alices.incidents() == []
    alices.fail_items(1)
    alices.turn(MINUTE)
    assert alices.incidents() == [("failed_items", "warning", "open")]
    alices.turn(timedelta(hours=1))
    assert alices.incidents() == [("failed_items", "warning", "resolved")]


def test_database_connections_that_run_out_are_told_of(alices: Court) -> None:
    alices.rule("database_connections", params={"above": 80, "forS": 0})
    with patch.object(sight, "connections", return_value=(81, 100)):
        alices.turn(6 * SECOND)
    assert alices.incidents() == [("database_connections", "critical", "open")]
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("database_connections", "critical", "resolved")]


def test_a_backup_that_is_too_old_is_told_of_until_a_younger_is_verified(alices: Court) -> None:
    alices.rule("backup_age", params={"afterH": 48, "forS": 0})
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("backup_age", "critical", "open")]
    BackupStanding.objects.create(slot="test", place="", verified_of=alices.now, seen_at=alices.now)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("backup_age", "critical", "resolved")]
    alices.turn(timedelta(hours=49))
    assert ("backup_age", "critical", "open") in alices.incidents()


def test_a_model_that_drifts_is_told_of_until_it_does_not_or_is_served_no_more(alices: Court) -> None:
    looks = [
        ModelLook(uuid4(), "eurusd-m15 version 1", 500, 0.1, "atr_14", 300, 0.01, 0.6),
        ModelLook(uuid4(), "gbpusd-h1 version 2", 500, None, "", 300, 0.2, 0.0001),
        ModelLook(uuid4(), "of which nothing is known", 3, None, "", 0, None, None),
    ]
    alices.judge.bench.models = lambda: looks
    alices.rule("model_drift", params={"index": 0.25, "chance": 1})
    alices.turn(61 * SECOND)
    assert alices.incidents() == [("model_drift", "warning", "open")]
    looks[0] = replace(looks[0], psi=0.31)
    alices.turn(61 * SECOND)
    assert alices.incidents() == [("model_drift", "warning", "open")] * 2
    looks[0] = replace(looks[0], psi=0.12)
    alices.turn(61 * SECOND)
    assert sorted(state for _, _, state in alices.incidents()) == ["open", "resolved"]
    del looks[1]
    alices.turn(61 * SECOND)
    assert sorted(state for _, _, state in alices.incidents()) == ["resolved", "resolved"]


def test_every_kind_that_ships_is_tried_here() -> None:
    source = Path(__file__).read_text()
    assert [slug for slug in KINDS if f'rule("{slug}"' not in source and f'("{slug}", ' not in source] == []


def test_a_rule_judges_whom_it_is_for(alices: Court) -> None:
    alices.rule("loss", params={"limit": 100}, scope="account", scope_id=uuid4())
    alices.rule("loss", params={"limit": 100}, scope="group", scope_id=uuid4())
    alices.see(10_000)
    alices.see(10_000, 9_000)
    assert alices.incidents() == []
    alices.rule("loss", params={"limit": 100}, scope="account", scope_id=alices.account.id)
    alices.see(10_000, 8_999)
    assert alices.incidents() == [("loss", "critical", "open")]


def test_what_a_rule_found_is_over_when_the_account_leaves_its_group(alices: Court) -> None:
    with tenant_scope(alices.person.tenant_id):
        group = AccountGroup.objects.create(tenant_id=alices.person.tenant_id, name="Wave 1")
        AccountProfile.objects.create(tenant_id=alices.person.tenant_id, account=alices.account, group=group)
    alices.rule("loss", params={"limit": 100}, scope="group", scope_id=group.id)
    alices.see(10_000)
    alices.see(10_000, 9_000)
    assert alices.incidents() == [("loss", "critical", "open")]
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(group=None)
    alices.see(10_000, 8_999)
    assert alices.incidents() == [("loss", "critical", "resolved")]


def test_what_a_rule_found_is_over_when_the_account_is_gone(alices: Court) -> None:
    alices.rule("loss", params={"limit": 100})
    alices.see(10_000)
    alices.see(10_000, 9_000)
    with tenant_scope(alices.person.tenant_id):
        TradingAccount.objects.update(deleted_at=alices.now)
    alices.turn(MINUTE)
    assert alices.incidents() == [("loss", "critical", "resolved")]


def test_nobody_waits_for_a_terminal_that_was_revoked(alices: Court) -> None:
    with tenant_scope(alices.person.tenant_id):
        Terminal.objects.create(
            tenant_id=alices.person.tenant_id, account=alices.account, platform="mt5", heartbeat_at=NOW
        )
    alices.rule("heartbeat_late", params={"afterS": 60})
    alices.turn(MINUTE)
    assert alices.incidents() == [("heartbeat_late", "warning", "open")]
    with tenant_scope(alices.person.tenant_id):
        Terminal.objects.update(revoked_at=alices.now)
    alices.turn(6 * SECOND)
    assert alices.incidents() == [("heartbeat_late", "warning", "resolved")]


def test_a_database_that_is_away_lets_nobody_rest(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    with (
        patch.object(incidents, "report", side_effect=OperationalError("gone")),
        pytest.raises(OperationalError),
    ):
        alices.see(10_000, 8_000)
    alices.turn(SECOND)
    assert alices.incidents() == [("loss", "critical", "open")]


def test_a_rule_of_one_tenant_judges_no_other(alices: Court, charlie: Person) -> None:
    theirs = court(charlie)
    alices.rule("loss", params={"limit": 100})
    theirs.now = alices.now
    theirs.see(10_000)
    theirs.see(10_000, 5_000)
    assert theirs.incidents() == []


def test_a_muted_rule_acts_and_tells_nobody(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.rule("loss", "pause", params={"limit": 1000}, muted_until=NOW + timedelta(hours=1))
    alices.see(10_000)
    alices.see(10_000, 8_000)
    assert alices.instance().desired_state == "paused"
    assert (alices.incidents(), alices.told()) == ([("loss", "critical", "open")], [])


def test_a_rule_that_is_switched_off_judges_no_more(alices: Court) -> None:
    rule_id = alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    with tenant_scope(alices.person.tenant_id):
        Rule.objects.get(id=rule_id).delete()
    alices.see(10_000, 8_000, after=2 * SECOND)
    assert alices.incidents() == []


def test_a_rule_that_is_switched_off_in_the_same_moment_opens_nothing(alices: Court) -> None:
    rule_id = alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    with tenant_scope(alices.person.tenant_id):
        Rule.objects.filter(id=rule_id).update(is_enabled=False)
    alices.see(10_000, 8_000, after=timedelta(milliseconds=100))
    assert (alices.incidents(), alices.states()) == ([], [])


def test_a_programme_warns_by_stages_and_flattens_at_the_breach(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.enter()
    for equity in (10_000, 9_740, 9_600, 9_500):
        alices.see(10_000, equity)
    assert alices.instance().pause_mode == "flatten"
    assert alices.incidents()[0] == ("programme_daily_loss", "critical", "open")
    assert alices.timeline()[:3] == ["opened", "worse", "worse"]
    verdict = alices.mark().verdict
    assert verdict["breach"]["kind"] == "daily_loss"
    assert verdict["limits"][0] == {
        "kind": "daily_loss",
        "limit": 500.0,
        "used": 500.0,
        "left": 0.0,
        "floor": 9500.0,
        "percent": 100.0,
        "isBreached": True,
        "stage": 100,
    }


def test_a_breach_stands_though_the_equity_recovers(alices: Court) -> None:
    alices.enter()
    for equity in (10_000, 9_400, 10_200):
        alices.see(10_000, equity)
    assert alices.mark().verdict["breach"]["equity"] == 9_400
    assert ("programme_daily_loss", "critical", "open") in alices.incidents()


def test_a_new_phase_begins_with_what_is_there(alices: Court) -> None:
    alices.enter()
    alices.see(10_000)
    alices.see(10_000, 9_400)
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(phase="F2", phase_since=alices.now)
    alices.see(9_400)
    verdict = alices.mark().verdict
    assert (verdict["phase"], verdict["breach"]) == ("F2", None)
    assert {state for _, _, state in alices.incidents()} == {"resolved"}, "of what F1 warned is over"
    assert alices.mark().first_balance == Decimal(9_400)


def test_a_heartbeat_from_before_a_phase_does_not_begin_it(alices: Court) -> None:
    alices.enter()
    alices.see(10_000)
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(phase="F2", phase_since=alices.now + 2 * SECOND)
    alices.see(9_000)
    assert alices.mark().verdict["phase"] == "F1"
    alices.see(9_400)
    assert (alices.mark().verdict["phase"], alices.mark().first_balance) == ("F2", Decimal(9_400))
    alices.see(9_400, 8_900)
    since = alices.mark().since
    alices.see(9_400, 9_400)
    assert alices.mark().since == since, "it begins once"
    assert alices.mark().verdict["breach"]


def test_the_phase_counts_from_the_balance_that_its_profile_names(alices: Court) -> None:
    alices.enter()
    alices.see(9_800)
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(initial_balance=10_000)
    alices.see(9_800, 9_790)
    assert alices.mark().verdict["limits"][1]["used"] == 210


def test_a_withdrawal_is_no_loss(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    alices.deal(7, BALANCE, -5_000)
    alices.see(5_000)
    assert alices.incidents() == []
    assert alices.mark().first_balance == 5_000


def test_a_history_that_comes_after_the_first_heartbeat_is_not_paid_in(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    alices.deal(1, BALANCE, 10_000, before=timedelta(days=30))
    alices.deal(2, BUY, -13)
    alices.see(9_987)
    assert alices.incidents() == []
    assert alices.mark().first_balance == 10_000


def test_a_phase_that_begins_counts_what_was_paid_in_from_there(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.enter()
    alices.see(10_000)
    alices.deal(1, BALANCE, 5_000)
    alices.see(15_000)
    alices.now += timedelta(minutes=1)
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(phase="F2", phase_since=alices.now)
    alices.see(15_000)
    alices.deal(2, BUY, -10)
    alices.see(14_990)
    assert alices.incidents() == []
    assert alices.mark().first_balance == 15_000


def test_a_withdrawal_whose_deal_comes_after_the_heartbeat_is_waited_for(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    alices.see(5_000)
    assert not alices.incidents()
    assert alices.mark().last_balance == 10_000
    alices.deal(7, BALANCE, -5_000)
    alices.turn(SECOND)
    assert not alices.incidents()
    assert alices.mark().last_balance == 5_000


def test_money_that_nothing_explains_counts_as_lost_until_something_does(alices: Court) -> None:
    alices.enter()
    alices.see(10_000)
    alices.see(5_000)
    alices.turn(4 * SECOND)
    assert alices.mark().verdict["breach"]["kind"] in {"daily_loss", "total_loss"}
    alices.deal(7, BALANCE, -5_000)
    alices.see(5_000)
    assert alices.mark().verdict["breach"] is None
    assert {state for _, _, state in alices.incidents()} == {"resolved"}


def test_a_loss_that_was_opened_and_closed_between_two_looks_is_no_withdrawal(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    alices.deal(7, BUY, -2_000)
    alices.see(8_000)
    assert alices.incidents() == [("loss", "critical", "open")]


def test_what_cannot_be_settled_rests_and_holds_up_no_other(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    with patch.object(incidents, "report", side_effect=RuntimeError("no room")):
        alices.see(10_000, 8_000)
    assert alices.incidents() == []
    alices.turn(RESTS)
    assert alices.incidents() == [("loss", "critical", "open")]


def test_a_clock_that_was_ahead_stops_nothing(alices: Court) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000, after=timedelta(days=3))
    alices.now -= timedelta(days=3)
    alices.see(10_000, 8_000)
    assert alices.incidents() == [("loss", "critical", "open")]


def test_runners_are_told_what_to_enforce_and_again_when_it_changes(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.enter()
    alices.see(10_000)
    alices.see(10_000, 9_900)
    assert alices.guards() == [10_000]
    alices.deal(7, BALANCE, 5_000)
    alices.see(15_000)
    assert alices.guards() == [10_000, 15_000]
    with tenant_scope(alices.person.tenant_id):
        AccountProfile.objects.update(programme=None)
    alices.see(15_000)
    assert alices.guards() == [10_000, 15_000, None]


def test_a_start_takes_the_limits_with_it_unless_they_are_broken(alices: Court) -> None:
    alices.enter()
    alices.see(10_000)
    with tenant_scope(alices.person.tenant_id):
        told = guards.guard_of(alices.account.id)
    assert told is not None
    assert told.phase == "F1"
    assert told.marks.first_balance == 10_000
    alices.see(10_000, 9_000)
    with tenant_scope(alices.person.tenant_id):
        assert guards.guard_of(alices.account.id) is None


FIRED = {
    "kind": "daily_loss",
    "at": "2026-03-02T12:00:03Z",
    "equity": 9_490.0,
    "floor": 9_500.0,
    "did": "flatten",
}


def test_what_a_runner_did_by_itself_is_wanted_of_the_whole_account_and_said_so(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.enter()
    alices.see(10_000)
    alices.runner_fires(FIRED)
    alices.see(10_000, 9_800)
    assert alices.instance().pause_mode == "flatten"
    assert alices.incidents() == [("programme_daily_loss", "critical", "open")]
    assert "The runner of " in alices.texts()
    assert alices.mark().verdict["breach"] == {
        "kind": "daily_loss",
        "at": "2026-03-02T12:00:03+00:00",
        "equity": 9_490.0,
        "floor": 9_500.0,
        "limit": 500.0,
        "used": 510.0,
        "firedBy": "runner",
    }
    alices.turn(SECOND)
    assert alices.timeline()[0] == "opened"
    assert set(alices.timeline()[1:]) == {"acted"}


def test_a_runner_that_says_no_time_stops_no_judge(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.enter()
    alices.see(10_000)
    alices.runner_fires({**FIRED, "at": "never"})
    alices.see(10_000, 9_800)
    alices.deal(7, BALANCE, -1_000)
    alices.see(9_000, 8_800)
    assert alices.mark().verdict["breach"]["firedBy"] == "runner"


def test_an_account_that_cannot_be_judged_holds_up_no_other(alices: Court, charlie: Person) -> None:
    alices.rule("loss", params={"limit": 1000})
    alices.see(10_000)
    other = court(charlie)
    other.judge, other.now = alices.judge, alices.now
    with tenant_scope(alices.person.tenant_id):
        AccountMark.objects.update(verdict={"breach": {"at": "never"}}, flow_wanted_since=NOW)
    alices.deal(7, BALANCE, -1_000)
    with tenant_scope(alices.person.tenant_id):
        AccountState.objects.update(balance=9_000, observed_at=alices.now + SECOND)
    other.see(5_000)
    assert other.mark().last_equity == 5_000
    assert alices.mark().last_balance == 10_000, "left alone, with a line in the log"


def test_a_runner_that_was_second_is_a_line_of_the_timeline(alices: Court) -> None:
    deploy(alices.person, alices.account)
    alices.enter()
    alices.see(10_000)
    alices.see(10_000, 9_400)
    alices.runner_fires(FIRED)
    alices.turn(SECOND)
    assert alices.mark().verdict["breach"]["firedBy"] == "server"
    assert "The runner of " in alices.texts()
    assert len(alices.incidents()) == 1


@pytest.mark.usefixtures("db")
def test_one_judge_at_a_time() -> None:
    first, second = uuid4(), uuid4()
    assert (lease.take(first), lease.take(second), lease.take(first)) == (True, False, True)
