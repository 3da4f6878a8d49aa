"""Rules as a desk wants them: what is refused, and what ends when one is switched off, changed or removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet.models import Agent, AgentTerminal, Terminal
from metafleet.hub.kernel.errors import Malformed, NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import desk_rules, incidents, rule_words, scopes, suggested_rules
from metafleet.hub.monitor.desk_rules import Wish
from metafleet.hub.monitor.incidents import About, Happening
from metafleet.hub.monitor.models import (
    AccountGroup,
    AccountProfile,
    Incident,
    Rule,
    RuleState,
    Scope,
    Severity,
)
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import params_of
from tests.cast import NOW, Person, connect, deploy

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def desk(alice: Person) -> Iterator[UUID]:
    with tenant_scope(alice.tenant_id):
        yield alice.tenant_id


def add(desk: UUID, kind: str = "loss", **facts: Any) -> Rule:
    wish = Wish(**{"name": "Daily loss", "params": {}, **facts})
    return desk_rules.add(tenant_id=desk, kind=kind, wish=wish, actor="alice", now=NOW)


def fire(rule: Rule, subject: UUID) -> Incident:
    """Let the rule have fired for a subject, as the judge leaves it behind."""
    RuleState.objects.create(
        tenant_id=rule.tenant_id, rule=rule, subject_id=subject, is_firing=True, stage=100
    )
    happening = Happening(
        key=f"rule:{rule.id}:{subject}", kind=rule.kind, title="Loss", text="Down.",
        severity=Severity.CRITICAL, about=About(Scope.ACCOUNT, subject, "Demo", subject), rule_id=rule.id,
    )  # fmt: skip
    return incidents.report(tenant_id=rule.tenant_id, happening=happening, now=NOW)[0]


def open_subjects(rule: Rule) -> set[UUID | None]:
    found = Incident.objects.filter(rule_id=rule.id, resolved_at=None)
    return set(found.values_list("subject_id", flat=True))


def kept_subjects(rule: Rule) -> set[UUID]:
    return set(RuleState.objects.filter(rule=rule).values_list("subject_id", flat=True))


@pytest.mark.parametrize(
    ("kind", "facts", "pointer"),
    [
        ("lose", {}, "/kind"),
        ("loss", {"name": ""}, "/name"),
        ("loss", {"params": {"limit": -5}}, "/params/limit"),
        ("loss", {"params": {"limit": "much"}}, "/params/limit"),
        ("loss", {"params": {"limits": 5}}, "/params"),
        ("loss", {"scope": "group"}, "/scopeId"),
        ("loss", {"scope_id": uuid4()}, "/scopeId"),
        ("host_load", {"scope": "account", "scope_id": uuid4()}, "/scope"),
        ("host_load", {"actions": ["pause"]}, "/actions"),
        ("loss", {"actions": ["sell"]}, "/actions"),
    ],
)
def test_what_cannot_be_judged_is_refused_and_named(
    desk: UUID, kind: str, facts: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Malformed) as refused:
        add(desk, kind, **facts)
    assert refused.value.faults[0].pointer == pointer
    assert not Rule.objects.exists()


def test_a_rule_is_about_nothing_of_others(alice: Person, charlie: Person) -> None:
    theirs = connect(charlie).id
    with tenant_scope(alice.tenant_id), pytest.raises(NotFound, match="trading account"):
        add(alice.tenant_id, scope="account", scope_id=theirs)


def test_parameters_are_kept_whole_and_people_are_told_always(desk: UUID) -> None:
    row = add(desk, params={"limit": "500"}, actions=["flatten", "pause"])
    assert row.params == {"limit": 500.0, "unit": "money", "of": "day", "forS": 0.0, "clearForS": 0.0}
    assert row.actions == ["notify", "pause", "flatten"]
    assert AuditEntry.objects.filter(action="rule.added", subject_id=row.id).count() == 1


def test_switching_off_ends_what_it_has_open(desk: UUID) -> None:
    row, other = add(desk), add(desk)
    subject = uuid4()
    incident, kept = fire(row, subject), fire(other, subject)
    for _ in range(2):
        desk_rules.switch(row=row, is_enabled=False, actor="alice", now=LATER)
    incident.refresh_from_db()
    assert (incident.state, incident.resolved_by) == ("resolved", incidents.SYSTEM)
    assert incident.events.get(kind="resolved").text == "The rule was switched off."
    assert (kept_subjects(row), kept_subjects(other)) == (set(), {subject})
    assert open_subjects(other) == {kept.subject_id}
    assert AuditEntry.objects.filter(action="rule.disabled").count() == 1


def test_removing_ends_what_it_has_open_and_keeps_its_incidents(desk: UUID) -> None:
    row = add(desk)
    incident = fire(row, uuid4())
    desk_rules.remove(row=row, actor="alice", now=LATER)
    incident.refresh_from_db()
    assert (incident.state, Rule.objects.count(), RuleState.objects.count()) == ("resolved", 0, 0)


def test_a_change_ends_only_what_it_no_longer_watches(alice: Person) -> None:
    mine = connect(alice).id
    with tenant_scope(alice.tenant_id):
        row = add(alice.tenant_id)
        gone = uuid4()
        fire(row, mine)
        fire(row, gone)
        wish = Wish(name="Mine alone", params={"limit": 400}, scope="account", scope_id=mine)
        desk_rules.change(row=row, wish=wish, actor="alice", now=LATER)
        assert (open_subjects(row), kept_subjects(row)) == ({mine}, {mine})
        entry = AuditEntry.objects.get(action="rule.changed")
        assert entry.changes["name"] == ["Daily loss", "Mine alone"]
        assert entry.changes["scope_id"] == [None, str(mine)]


@pytest.mark.parametrize("after", [timedelta(), timedelta(days=31), -timedelta(hours=1)])
def test_a_rule_is_muted_for_a_month_at_most(desk: UUID, after: timedelta) -> None:
    row = add(desk)
    with pytest.raises(Malformed, match="30 days"):
        desk_rules.mute(row=row, until=NOW + after, actor="alice", now=NOW)
    desk_rules.mute(row=row, until=NOW + timedelta(days=1), actor="alice", now=NOW)
    desk_rules.mute(row=row, until=None, actor="alice", now=NOW)
    assert list(AuditEntry.objects.filter(subject_id=row.id).order_by("at", "created_at").values_list(
        "action", flat=True)) == ["rule.added", "rule.muted", "rule.unmuted"]  # fmt: skip


@pytest.mark.usefixtures("catalogue")
def test_a_scope_names_its_accounts_and_machines(alice: Person) -> None:
    first = connect(alice)
    instance = deploy(alice, first)
    with tenant_scope(alice.tenant_id):
        group = AccountGroup.objects.create(tenant_id=alice.tenant_id, name="A")
        AccountProfile.objects.create(account=first, tenant_id=alice.tenant_id, group=group)
        machine = Agent.objects.create(tenant_id=alice.tenant_id, label="vps-1")
        empty = Agent.objects.create(tenant_id=alice.tenant_id, label="vps-2")
        AgentTerminal.objects.create(
            terminal=Terminal.objects.get(), tenant_id=alice.tenant_id, agent=machine, observed_at=NOW
        )
        found = scopes.desk(alice.tenant_id)
        for scope, scope_id in (
            ("tenant", None),
            ("group", group.id),
            ("account", first.id),
            ("instance", instance.id),
            ("host", machine.id),
        ):
            assert found.subjects("account", scope, scope_id) == {first.id}, scope
        assert found.subjects("account", "host", empty.id) == set()
        assert found.subjects("account", "group", uuid4()) == set()
        assert found.subjects("host", "tenant", None) == {machine.id, empty.id}
        assert found.subjects("host", "host", empty.id) == {empty.id}
        assert found.subjects("spread", "account", first.id) == {instance.id}
        assert found.subjects("results", "instance", instance.id) == {instance.id}


def test_the_suggested_rules_are_added_once(desk: UUID) -> None:
    made = suggested_rules.add(tenant_id=desk, actor="alice", now=NOW)
    assert [row.name for row in made][:2] == ["Daily loss", "Drawdown"]
    assert made[0].actions == ["notify", "pause"]
    assert suggested_rules.add(tenant_id=desk, actor="alice", now=NOW) == []
    desk_rules.remove(row=made[1], actor="alice", now=NOW)
    assert [one.name for one in suggested_rules.missing(tenant_id=desk)] == ["Drawdown"]


@pytest.mark.parametrize(
    ("kind", "params", "sentence"),
    [
        ("loss", {}, "Equity is 1,000 below the day's start"),
        ("loss", {"limit": 5, "unit": "percent", "of": "phase", "forS": 90},
         "Equity is 5 % below where the phase began for 90 s"),
        ("drawdown", {}, "Equity is 10 % below its highest"),
        ("profit_target", {"counts": "balance"}, "Profit of the phase reaches 1,000, closed"),
        ("margin_level", {}, "Margin level is down to 150 %"),
        ("heartbeat_late", {"afterS": 7200}, "The terminal is silent for 2 h"),
        ("host_load", {"of": "disk"}, "Disk is at 80 % or more for 1 min"),
    ],
)  # fmt: skip
def test_a_rule_reads_as_a_sentence(kind: str, params: dict[str, Any], sentence: str) -> None:
    assert rule_words.sentence(params_of(KINDS[kind], params)) == sentence


@pytest.mark.parametrize("slug", KINDS)
def test_every_kind_has_a_form_with_titles_and_a_sentence(slug: str) -> None:
    properties = rule_words.schema(KINDS[slug])["properties"]
    assert {*properties} == {*params_of(KINDS[slug], {}).__struct_encode_fields__}
    assert all(one["title"] and ("default" in one) for one in properties.values())
    assert {*[*properties][-2:]} == {"forS", "clearForS"}
    assert len(rule_words.sentence(params_of(KINDS[slug], {}))) > len("Margin")
