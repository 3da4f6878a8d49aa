"""A rollout from its start to its end, over runners of a model: promotion, roll-back, and what people do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.hub.catalogue.models import EATemplate, VersionState
from metafleet.hub.catalogue.operations import ReleaseMissing
from metafleet.hub.fleet import offers, operations
from metafleet.hub.fleet.errors import NothingToMove, RolloutUnderWay, WrongState
from metafleet.hub.fleet.models import Rollout, RolloutMember, Run
from metafleet.hub.fleet.rollouts import operations as rollouts
from metafleet.hub.fleet.rollouts.tests.stage import A_MINUTE, OPERATOR, Stage, log, newest
from metafleet.hub.fleet.rollouts.verdict import Criteria
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope

OLD, NEW = "1.1.0", "2.0.0"
WATCHED = timedelta(minutes=3)


def test_a_version_that_does_well_reaches_every_ea(stage: Stage) -> None:
    stage.set_equity("first", "50")
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    assert stage.versions() == {"first": NEW, "second": OLD, "third": OLD}
    assert newest().waiting == "Watching for 2 minutes; 1 min left"
    stage.settle()
    assert stage.versions() == {"first": NEW, "second": NEW, "third": NEW}
    assert (newest().state, newest().reason) == ("promoted", "Every EA whose inputs fit runs it")
    assert [stage.ea(name).state for name in stage.eas] == ["running"] * 3
    assert log()[0] == ("start", "2.0.0 for 3 of 3 EAs, 1 first, watched for 2 min")
    assert ("promote", "The canary worked for 2 minutes within the limits") in log()
    assert [action for action, _ in log()] == [
        *("start", "choose", "move", "promote", "wave", "move", "wave", "move", "end"),
    ]  # fmt: skip
    assert stage.deeds("second") == [
        ("instance.upgraded", {"from": OLD, "to": NEW, "isCanary": False, "inputs": []})
    ]


def test_an_ea_is_handed_over_by_a_stop_that_closes_nothing(stage: Stage) -> None:
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    with tenant_scope(stage.people[0].tenant_id):
        before, after = Run.objects.filter(instance_id=stage.eas["first"][1]).order_by("generation")
        stops = stage.ea("first").terminal.commands.filter(type="STOP")
        assert [order.payload for order in stops] == [{"closePositions": False}]
        receipt = after.receipt.document
    assert (before.end_reason, before.outcome) == ("Ended to run another version of the EA", "cut short")
    assert receipt["contentHash"] == "sha256:2.0.0"
    assert stage.drivers.models[stage.eas["first"][1]].most_current == 1


def test_a_loss_beyond_the_limit_takes_everything_back(stage: Stage) -> None:
    to = stage.release(migration={"renamed": {"fast_period": "quick"}}, fast_period=None, quick={
        "type": "integer", "default": 12, "title": "Quick"})  # fmt: skip
    stage.stand("first", profit="100")
    inputs = stage.ea("first").inputs
    stage.start(to)
    stage.turns(A_MINUTE)
    assert "quick" in stage.ea("first").inputs
    stage.stand("first", profit="-400")  # 500 of 10,000: at the limit
    stage.turns(A_MINUTE)
    assert newest().state == "canary"
    stage.stand("first", profit="-400.01")
    stage.settle()
    why = "first has lost 5.00% of its account's equity since its move, and 5% is the limit"
    assert (newest().state, newest().reason) == ("rolled_back", why)
    assert stage.versions() == dict.fromkeys(stage.eas, OLD)
    assert stage.ea("first").inputs == inputs
    assert stage.ea("first").state == "running"
    assert stage.deeds("first")[-1] == (
        "instance.returned", {"from": NEW, "to": OLD, "reason": why},
    )  # fmt: skip
    (told,) = [row.figures for row in newest().decisions.filter(action="roll_back")]
    assert told["members"] == [
        {"ea": "first", "lossPercent": 5.0001, "crashes": 0, "lateHeartbeats": 0}
    ]  # fmt: skip


def test_crashes_beyond_the_limit_take_everything_back(stage: Stage) -> None:
    stage.start(stage.release(), criteria=Criteria(5, 1, 10))
    stage.turns(A_MINUTE)
    stage.crash("first")
    assert newest().state == "canary"
    stage.crash("first")
    stage.settle()
    assert newest().state == "rolled_back"
    assert newest().reason.startswith("first has crashed 2 times since its move, and 1 is the limit")
    assert stage.versions() == dict.fromkeys(stage.eas, OLD)


def test_crashes_of_the_version_before_do_not_count(stage: Stage) -> None:
    stage.crash("first", times=2)
    stage.start(stage.release(), criteria=Criteria(5, 0, 10))
    stage.settle()
    assert newest().state == "promoted"


def test_late_heartbeats_are_counted_and_take_everything_back(stage: Stage) -> None:
    stage.start(stage.release(), criteria=Criteria(5, 2, 2))
    stage.turns(A_MINUTE)
    stage.silent.add(stage.eas["first"][1])
    stage.turns(timedelta(seconds=40))
    member = stage.member("first")
    assert member is not None
    assert (member.late_heartbeats, newest().state) == (2, "canary")
    stage.turns(timedelta(seconds=20))
    assert newest().reason == "first was late with 3 heartbeats since its move, and 2 is the limit"


def test_silence_of_the_whole_fleet_is_not_the_canarys(stage: Stage) -> None:
    stage.start(stage.release(), criteria=Criteria(5, 2, 0))
    stage.turns(A_MINUTE)
    stage.silent.update(instance_id for _, instance_id in stage.eas.values())
    stage.turns(timedelta(seconds=50))
    member = stage.member("first")
    assert member is not None
    # The canary is late a moment before the others are missed as well.
    assert (member.late_heartbeats, newest().state) == (0, "canary")


def test_a_version_that_does_not_come_up_is_taken_back(stage: Stage) -> None:
    stage.start(stage.release())
    stage.silent.add(stage.eas["first"][1])
    stage.turns(timedelta(minutes=4))
    assert newest().state in {"returning", "rolled_back"}
    assert stage.versions() == dict.fromkeys(stage.eas, OLD)


def test_an_ea_with_open_positions_waits_until_it_is_flat(stage: Stage) -> None:
    for name in stage.eas:
        stage.stand(name, positions=1, lots="0.5")
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    assert stage.versions() == dict.fromkeys(stage.eas, OLD)
    assert newest().waiting == "Waiting for first until flat, to be moved"
    stage.stand("first")
    stage.turns(A_MINUTE)
    assert stage.versions()["first"] == NEW


def test_on_demand_it_is_handed_over_with_what_it_has_open(stage: Stage) -> None:
    for name in stage.eas:
        stage.stand(name, positions=1, lots="0.5")
    stage.start(stage.release(), even_with_positions=True)
    stage.settle()
    assert set(stage.versions().values()) == {NEW}


def test_a_persons_pause_and_a_stop_are_kept(stage: Stage) -> None:
    stage.act("second", operations.pause)
    stage.act("third", operations.stop, close_positions=False)
    stage.turns(A_MINUTE)
    stage.start(stage.release())
    stage.settle()
    assert stage.versions() == dict.fromkeys(stage.eas, NEW)
    assert [stage.ea(name).state for name in stage.eas] == ["running", "paused", "stopped"]
    assert stage.ea("second").paused_by_person
    with tenant_scope(stage.people[1].tenant_id):
        assert Run.objects.filter(instance_id=stage.eas["third"][1]).count() == 1


def test_inputs_that_do_not_fit_leave_their_ea_as_it_is_and_say_why(stage: Stage) -> None:
    with tenant_scope(stage.people[0].tenant_id):
        odd = stage.ea("second")
        odd.inputs["fast_period"] = 150
        odd.save(update_fields=("inputs",))
    stage.start(stage.release(fast_period={"maximum": 100}))
    stage.settle()
    assert stage.versions() == {"first": NEW, "second": OLD, "third": NEW}
    why = "Its inputs do not fit: fast_period must be at most 100 bars; found 150"
    assert stage.deeds("second") == [("instance.upgrade_skipped", {"to": NEW, "why": why})]
    member = stage.member("second")
    assert member is not None
    assert (member.skip_reason, member.moved_at) == (why, None)
    assert ("skip", f"second is left as it is: {why}") in log()


def test_canaries_come_from_different_tenants_first(stage: Stage) -> None:
    stage.start(stage.release(), canaries=2)
    stage.turns(A_MINUTE)
    assert stage.versions() == {"first": NEW, "second": OLD, "third": NEW}


def test_a_canary_that_its_owner_stops_is_replaced(stage: Stage) -> None:
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    stage.act("first", operations.stop, close_positions=False)
    stage.turns(A_MINUTE)
    assert stage.versions() == {"first": NEW, "second": NEW, "third": OLD}


def test_new_deployments_get_the_old_version_until_the_new_one_is_promoted(stage: Stage) -> None:
    template, to = EATemplate.objects.get(slug="trend-following"), stage.release()

    def offered() -> str:
        version = offers.offered(template)
        listed = {row.slug: found.version for row, found in offers.all_offered()}
        assert version is not None
        assert listed["trend-following"] == version.version
        return version.version

    assert offered() == NEW
    stage.start(to)
    assert offered() == OLD
    stage.turns(A_MINUTE)
    rollouts.promote(rollout_id=newest().id, actor=OPERATOR, reason="", now=stage.now)
    assert offered() == NEW
    rollouts.roll_back(rollout_id=newest().id, actor=OPERATOR, reason="Trades too much", now=stage.now)
    stage.settle()
    assert offered() == OLD


def test_code_that_is_gone_is_not_offered_in_place_of_a_canarys(stage: Stage) -> None:
    template, to = EATemplate.objects.get(slug="trend-following"), stage.release()
    template.versions.filter(version=OLD).update(content_hash="sha256:gone")
    stage.start(to)
    version = offers.offered(template)
    assert version is not None
    assert version.version == NEW


def test_a_person_promotes_without_waiting(stage: Stage) -> None:
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    rollouts.promote(rollout_id=newest().id, actor=OPERATOR, reason="It mends a bug", now=stage.now)
    stage.settle()
    assert set(stage.versions().values()) == {NEW}
    assert ("promote", "It mends a bug") in log()
    with pytest.raises(WrongState, match="is promoted, so it cannot be promoted now"):
        rollouts.promote(rollout_id=newest().id, actor=OPERATOR, reason="", now=stage.now)


def test_a_person_rolls_back_also_what_was_promoted_already(stage: Stage) -> None:
    stage.start(stage.release())
    stage.settle()
    rollouts.roll_back(rollout_id=newest().id, actor=OPERATOR, reason="Customers complain", now=stage.now)
    stage.settle()
    assert set(stage.versions().values()) == {OLD}
    assert (newest().state, newest().reason) == ("rolled_back", "Customers complain")
    assert stage.deeds("third")[-1][1]["reason"] == "Customers complain"


def test_a_stop_leaves_everything_as_it_is(stage: Stage) -> None:
    to = stage.release()
    stage.start(to)
    stage.turns(A_MINUTE)
    rollouts.stop(rollout_id=newest().id, actor=OPERATOR, reason="Enough seen", now=stage.now)
    stage.turns(WATCHED)
    assert stage.versions() == {"first": NEW, "second": OLD, "third": OLD}
    assert newest().state == "stopped"
    stage.start(to)  # what was left over may be moved later
    stage.settle()
    assert set(stage.versions().values()) == {NEW}


def test_where_no_ea_is_at_work_all_follow_at_once(stage: Stage) -> None:
    for name in stage.eas:
        stage.act(name, operations.stop, close_positions=False)
    stage.turns(A_MINUTE)
    stage.start(stage.release())
    stage.turns(A_MINUTE)
    assert (newest().state, set(stage.versions().values())) == ("promoted", {NEW})


def test_a_version_is_not_rolled_out_where_that_makes_no_sense(stage: Stage) -> None:
    draft = stage.release("3.0.0")
    draft.state = VersionState.DRAFT
    with pytest.raises(WrongState, match="is not released"):
        stage.start(draft)
    gone = stage.release("4.0.0")
    gone.source = ""
    with pytest.raises(ReleaseMissing):
        stage.start(gone)
    narrow = stage.release("5.0.0", fast_period=None)
    with pytest.raises(NothingToMove, match="The inputs of none of the 3 EAs fit"):
        stage.start(narrow)
    with pytest.raises(Malformed, match="There is no input nowhere"):
        stage.start(narrow, input_migration={"renamed": {"fast_period": "nowhere"}})
    assert not Rollout.objects.exists()


def test_one_rollout_of_an_ea_at_a_time(stage: Stage) -> None:
    to = stage.release()
    stage.start(to)
    with pytest.raises(RolloutUnderWay, match="is being rolled out already"):
        stage.start(to)
    assert Rollout.objects.count() == 1


def test_an_input_migration_that_comes_with_the_start_stays_with_the_version(stage: Stage) -> None:
    to = stage.release(fast_period=None)
    to.input_migration = {"removed": ["fast_period"]}
    wish = {"input_migration": {"removed": ["fast_period"]}}
    stage.start(to, **wish)
    to.refresh_from_db()
    assert to.input_migration == {"renamed": {}, "removed": ["fast_period"], "set": {}}
    stage.turns(A_MINUTE)
    assert "fast_period" not in stage.ea("first").inputs


def test_two_watches_at_once_move_nothing_twice(stage: Stage) -> None:
    stage.start(stage.release())
    stage.now += A_MINUTE
    stage.look()
    stage.look()
    with tenant_scope(stage.people[0].tenant_id):
        assert RolloutMember.objects.count() == 1
    assert [action for action, _ in log()].count("move") == 1
