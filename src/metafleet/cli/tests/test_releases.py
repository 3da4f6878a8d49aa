"""The order of a release, its record, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.cli.main import main
from metafleet.cli.refusal import Refused
from metafleet.cli.releases import record, terminals
from metafleet.cli.releases.plan import Plan, PlanRefused, read_plan
from metafleet.cli.releases.releasing import Order, deploy, roll_back
from metafleet.cli.releases.validating import Trial, validate
from metafleet.cli.tests.release_rig import Place, doors

STEPS = [
    "validated",
    "in service",
    "image",
    "settings",
    "schema",
    "replace",
    "terminals",
    "watch",
    "retire",
]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def plan(place: Place, tmp_path: Path) -> Iterator[Plan]:
    with doors(place) as url:
        environment = (
            f'kind = "compose"\nfolder = "."\nimage = "app"\nweb = "{url}"\ngateway = "{url}"\nwatch_s = 1'
        )
        (tmp_path / "releases.toml").write_text(
            f"[environments.staging]\n{environment}\n"
            f'[environments.production]\n{environment}\nafter = "staging"\n'
        )
        yield read_plan(tmp_path / "releases.toml")


def order(plan: Plan, version: str = "2", name: str = "staging", **more: object) -> Order:
    return Order(plan=plan, name=name, version=version, **more)  # type: ignore[arg-type]


def quiet(text: str) -> None:
    return


def test_a_version_comes_into_service_by_a_checklist_that_stays(plan: Plan, place: Place) -> None:
    deploy(order(plan), place, quiet)
    assert (place.serves, place.retired) == ("app@2", True)
    (attempt,) = record.attempts(plan.record, "staging")
    assert [step.name for step in attempt.steps] == STEPS
    assert {step.state for step in attempt.steps} == {"done"}
    assert (attempt.end, attempt.image, attempt.former_image) == ("done", "app@2", "app@1")
    assert attempt.steps[6].note == "40 terminals are heard, 40 were before"
    assert " 0 failed" in attempt.steps[7].note


@pytest.mark.parametrize("verb", ["fetch", "check", "migrate"])
def test_what_fails_before_the_change_changes_nothing(plan: Plan, place: Place, verb: str) -> None:
    place.fails = verb
    with pytest.raises(Refused, match=f"{verb} failed"):
        deploy(order(plan), place, quiet)
    assert place.serves == "app@1"
    assert "replace" not in place.done
    assert record.attempts(plan.record, "staging")[-1].end == "failed"


def test_a_version_that_does_not_start_leaves_the_former_one(plan: Plan, place: Place) -> None:
    place.fails = "replace"
    with pytest.raises(Refused, match="replace failed"):
        deploy(order(plan), place, quiet)
    assert (place.serves, place.done[-1]) == ("app@1", "take back")
    assert record.attempts(plan.record, "staging")[-1].end == "taken back"


def test_a_version_that_fails_in_service_is_taken_back(
    plan: Plan, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminals, "PATIENCE_S", 0.5)
    place.breaks = "app@2"
    with pytest.raises(Refused, match="Of 40 terminals only 0 are heard"):
        deploy(order(plan), place, quiet)
    assert (place.serves, "retire" in place.done) == ("app@1", False)
    assert record.standing(plan.record, "staging") is None


def test_doors_that_fail_take_a_version_back_where_nobody_counts_terminals(plan: Plan, place: Place) -> None:
    place.breaks, place.terminals = "app@2", None
    with pytest.raises(Refused, match=r"/ready failed \d+ of \d+ times: HTTP 503"):
        deploy(Order(plan=plan, name="staging", version="2"), place, quiet)
    assert place.serves == "app@1"


def test_production_takes_only_what_was_validated_before(plan: Plan, place: Place) -> None:
    with pytest.raises(Refused, match="metafleet validate 2 --on staging"):
        deploy(order(plan, name="production"), place, quiet)
    assert place.done == []
    deploy(order(plan), place, quiet)
    validate(plan, "staging", "2", Trial(plan.of("staging"), place, ""), quiet)
    deploy(order(plan, name="production"), place, quiet)
    assert record.standing(plan.record, "production") is not None


def test_what_was_validated_is_forgotten_when_another_version_comes(plan: Plan, place: Place) -> None:
    deploy(order(plan), place, quiet)
    validate(plan, "staging", "2", Trial(plan.of("staging"), place, ""), quiet)
    deploy(order(plan, version="3"), place, quiet)
    with pytest.raises(Refused, match="was not validated"):
        deploy(order(plan, name="production"), place, quiet)
    deploy(order(plan, name="production", unvalidated="it mends a hole"), place, quiet)
    assert "it mends a hole" in record.attempts(plan.record, "production")[-1].steps[0].note


def test_another_version_is_not_validated_for_this_one(plan: Plan, place: Place) -> None:
    deploy(order(plan), place, quiet)
    with pytest.raises(Refused, match="staging runs 2, not 3"):
        validate(plan, "staging", "3", Trial(plan.of("staging"), place, ""), quiet)


def test_the_version_before_comes_back_once_and_the_newer_one_only_by_its_name(
    plan: Plan, place: Place
) -> None:
    deploy(order(plan), place, quiet)
    assert roll_back(order(plan, version=""), place, quiet).image == "app@1"
    assert place.serves == "app@1"
    with pytest.raises(Refused, match=r"a rollback already, from 2 .*metafleet deploy 2 --to staging"):
        roll_back(order(plan, version=""), place, quiet)
    assert place.serves == "app@1"
    assert deploy(order(plan), place, quiet).former_image == "app@1"
    assert place.serves == "app@2"
    assert roll_back(order(plan, version=""), place, quiet).image == "app@1"


def test_a_release_that_was_cut_off_is_taken_up_with_its_way_back(plan: Plan, place: Place) -> None:
    cut_off = record.begin(plan.record, "staging", "deploy", "2")
    cut_off.attempt.image, cut_off.attempt.former_image = "app@2", "app@1"
    cut_off.save()
    place.serves = "app@2"
    assert deploy(order(plan), place, quiet).former_image == "app@1"
    assert roll_back(order(plan, version=""), place, quiet).image == "app@1"


def test_what_serves_is_recorded_also_when_the_former_one_does_not_end(plan: Plan, place: Place) -> None:
    place.fails = "retire"
    with pytest.raises(Refused, match="retire failed"):
        deploy(order(plan), place, quiet)
    now = record.standing(plan.record, "staging")
    assert now
    assert (place.serves, now.image, now.former_image) == ("app@2", "app@2", "app@1")


def test_there_is_no_way_back_from_a_schema_that_took_away(plan: Plan, place: Place) -> None:
    deploy(order(plan, may_contract=True), place, quiet)
    with pytest.raises(Refused, match="Go forward with a version that mends what is wrong"):
        roll_back(order(plan, version=""), place, quiet)
    assert place.serves == "app@2"


def test_two_releases_to_one_environment_exclude_each_other(plan: Plan) -> None:
    def begin_another() -> None:
        with record.alone(plan.record, "staging"):
            pass

    with (
        record.alone(plan.record, "staging"),
        record.alone(plan.record, "production"),
        pytest.raises(Refused, match="Another release to staging is under way"),
    ):
        begin_another()
    begin_another()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `environments`"),
        ('[environments.a]\nkind = "lambda"', "lambda"),
        ('[environments.a]\nkind = "compose"\nfolder = "."\nimage = "a"\nweb = "a"\ngateway = "b"', "web"),
        (
            '[environments.a]\nkind = "compose"\nfolder = "."\nimage = "a"\nweb = "http://a"\n'
            'gateway = "http://b"\nafter = "b"',
            "`after` of a names 'b'",
        ),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_with_the_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "releases.toml").write_text(text)
    with pytest.raises(PlanRefused, match=said):
        read_plan(tmp_path / "releases.toml")


def test_the_record_is_shown(
    plan: Plan, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(order(plan), place, quiet)
    monkeypatch.chdir(plan.folder)
    shown = run("releases", "--of", "staging", "--checklist", "1", capsys=capsys, monkeypatch=monkeypatch)
    assert [line.split("  ")[0] for line in shown.splitlines()[1:]] == STEPS
    listed = run("releases", capsys=capsys, monkeypatch=monkeypatch)
    assert "staging" in listed
    assert "deploy" in listed


def run(*arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.argv", ["metafleet", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out
