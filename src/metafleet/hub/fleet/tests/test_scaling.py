"""Autoscaling: the decision as a table, and the sweep against the simulated cloud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from metafleet.hub.fleet import costs, groups, placement, scaling
from metafleet.hub.fleet.models import Host, ScalingGroup
from metafleet.hub.fleet.scaling import Decision, HostSeen, Rule, are_markets_closed, decide
from metafleet.hub.kernel.errors import Malformed, Refused
from tests.cast import NOW, Person, connect, deploy

RULE = Rule(per_host=10, buffer=1, minimum=2, maximum=5, weekend_minimum=0)
A_LOOK = timedelta(seconds=20)
SATURDAY = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


def hosts(*used: int, draining: Sequence[int] = ()) -> list[HostSeen]:
    serving = [HostSeen(f"h{at}", count) for at, count in enumerate(used)]
    return serving + [HostSeen(f"d{at}", count, is_draining=True) for at, count in enumerate(draining)]


@pytest.mark.parametrize(
    ("active", "wanted"),
    [(0, 2), (1, 2), (10, 2), (11, 3), (20, 3), (21, 4), (40, 5), (41, 5), (1000, 5)],
)
def test_required_is_the_ceiling_and_the_buffer_within_the_bounds(active: int, wanted: int) -> None:
    assert scaling.required(RULE, active, NOW)[0] == wanted


def test_the_reason_names_the_bound_that_counted() -> None:
    assert scaling.required(RULE, 0, NOW)[1].endswith("the minimum is 2")
    assert scaling.required(RULE, 90, NOW)[1].endswith("the maximum is 5")
    assert scaling.required(RULE, 15, NOW)[1] == "15 EAs at 10 a host are 2, and 1 in reserve make 3"


@pytest.mark.parametrize(
    ("instant", "is_closed"),
    [
        ("2026-03-06T21:59:00+00:00", False),  # Friday 16:59 in New York's winter
        ("2026-03-06T22:00:00+00:00", True),
        ("2026-03-07T12:00:00+00:00", True),
        ("2026-03-08T20:59:00+00:00", True),  # its summer began that Sunday
        ("2026-03-08T21:00:00+00:00", False),
        ("2026-03-09T12:00:00+00:00", False),
    ],
)
def test_the_weekend_is_new_yorks(instant: str, is_closed: bool) -> None:
    assert are_markets_closed(datetime.fromisoformat(instant)) is is_closed


def test_the_weekend_has_a_minimum_of_its_own_and_eas_still_count() -> None:
    assert scaling.required(RULE, 0, SATURDAY)[0] == 1  # the buffer
    assert scaling.required(RULE, 25, SATURDAY)[0] == 4
    without = Rule(10, 1, 2, 5)
    assert scaling.required(without, 0, SATURDAY)[0] == 2


@pytest.mark.parametrize(
    ("active", "there", "expected"),
    [
        (15, hosts(8, 7, 0), ("none", 3, (), (), ())),
        (15, hosts(8, 7), ("up", 3, (), (), ())),
        (15, hosts(8, draining=(3, 4)), ("up", 3, (), ("d1", "d0"), ())),
        (15, hosts(8, 7, draining=(0, 4)), ("up", 3, (), ("d1",), ("d0",))),
        (5, hosts(3, 0, 2), ("drain", 2, ("h1",), (), ())),
        (5, hosts(3, 1, 2, 0), ("drain", 2, ("h3", "h1"), (), ())),
        (5, hosts(3, 2, draining=(1,)), ("none", 2, (), (), ())),
        (5, hosts(3, 2, draining=(0, 1)), ("down", 2, (), (), ("d0",))),
    ],
)
def test_up_takes_back_before_it_makes_and_down_drains_the_least_used(
    active: int, there: list[HostSeen], expected: tuple[Any, ...]
) -> None:
    found: Decision = decide(RULE, active, there, NOW)
    assert (found.action, found.wanted, found.drain, found.take_back, found.end) == expected


def make(**wishes: Any) -> ScalingGroup:
    rule = Rule(**({"per_host": 1, "buffer": 1, "minimum": 1, "maximum": 5} | wishes.pop("rule", {})))
    manner: dict[str, Any] = {"provider": "simulated", "settings": {"usdPerHour": "0.20"}}
    manner |= {"is_dry_run": False} | wishes
    return groups.make_group(name="farm", rule=rule, now=NOW, **manner)


def look(at: datetime) -> list[tuple[str, int, int]]:
    return [(row.action, row.hosts, row.wanted) for row in scaling.scale_due(now=at)]


def states() -> dict[str, str]:
    return dict(Host.objects.order_by("name").values_list("name", "state"))


def test_a_group_grows_with_the_eas_and_shrinks_by_draining(alice: Person, catalogue: None) -> None:
    make()
    assert look(NOW) == [("up", 0, 1)]
    assert look(NOW + A_LOOK) == []  # the first look sees it being made, and waits
    deploy(alice, connect(alice))
    assert look(NOW + 2 * A_LOOK) == [("up", 1, 2)]
    assert look(NOW + 3 * A_LOOK) == []
    assert look(NOW + 4 * A_LOOK) == []
    assert states() == {"farm-0001": "active", "farm-0002": "active"}
    ScalingGroup.objects.update(buffer=0)
    assert look(NOW + 5 * A_LOOK) == [("drain", 2, 1)]
    assert states() == {"farm-0001": "draining", "farm-0002": "active"}
    assert look(NOW + 6 * A_LOOK) == [("down", 2, 1)]
    assert states() == {"farm-0001": "gone", "farm-0002": "active"}
    assert Host.objects.get(name="farm-0002").usd_per_hour == Decimal("0.2")
    assert costs.costs().usd_per_hour == 0  # nothing is really there
    assert not placement.survey().seats["farm-0002"].is_open
    assert look(NOW + 7 * A_LOOK) == []


def test_a_group_is_looked_at_when_it_is_due_and_by_one_alone(db: None) -> None:
    group = make()
    look(NOW)
    assert look(NOW + timedelta(seconds=1)) == []
    ScalingGroup.objects.update(due_at=NOW, lease_until=NOW + timedelta(minutes=1), buffer=3)
    assert scaling.scale(group, now=NOW + A_LOOK) is None
    # A worker that died leaves a lease that runs out.
    assert look(NOW + timedelta(minutes=2)) == [("up", 1, 3)]


def test_a_dry_run_decides_logs_once_and_changes_nothing(db: None) -> None:
    group = make(is_dry_run=True)
    assert look(NOW) == [("up", 0, 1)]
    assert look(NOW + A_LOOK) == []
    group.refresh_from_db()
    assert group.settings["machines"] == {}
    assert Host.objects.count() == 0


def test_a_cloud_that_fails_is_logged_with_its_words_and_tried_again_later(db: None) -> None:
    make(settings={"fails": "No capacity in this zone"})
    (row,) = scaling.scale_due(now=NOW)
    assert (row.action, row.error) == ("up", "No capacity in this zone")
    assert look(NOW + A_LOOK) == []
    assert ScalingGroup.objects.get().due_at == NOW + scaling.AFTER_A_FAILURE


def test_a_host_that_the_cloud_has_no_more_is_gone(db: None) -> None:
    group = make()
    for looks in range(3):
        look(NOW + looks * A_LOOK)
    group.refresh_from_db()
    group.settings["machines"] = {}
    group.save()
    assert look(NOW + 3 * A_LOOK) == [("up", 0, 1)]
    assert states() == {"farm-0001": "gone"}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"rule": {"minimum": 6}}, "/minimum"),
        ({"rule": {"weekend_minimum": 9}}, "/weekendMinimum"),
        ({"rule": {"per_host": 0}}, "/perHost"),
        ({"provider": "moon"}, "/provider"),
        ({"provider": "aws", "settings": {"region": "us-east-1"}}, "/settings"),
        ({"settings": {"usdPerHour": "cheap"}}, "/settings"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(db: None, wish: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        make(**wish)
    assert [fault.pointer for fault in refusal.value.faults] == [field]
    assert not ScalingGroup.objects.exists()


def test_a_group_with_hosts_is_not_removed_and_a_name_is_taken_once(db: None) -> None:
    group = make()
    with pytest.raises(groups.GroupTaken):
        make()
    for looks in range(3):
        look(NOW + looks * A_LOOK)
    with pytest.raises(Refused, match="has 1 hosts"):
        groups.remove_group(group_id=group.id)
