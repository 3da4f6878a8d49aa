"""The life of an uploaded version, without its trial's sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.catalogue import operations, queries, records, releases
from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.kernel.errors import Malformed
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")

SCHEMA = {
    "properties": {
        "lookback": {"type": "integer", "default": 30, "minimum": 5, "maximum": 300},
        "side": {"type": "string", "default": "both", "enum": ["both", "long"]},
    }
}


def declared(version: str = "1.0.0", slug: str = "breakout") -> records.Declared:
    return records.Declared(
        slug=slug,
        name="Breakout",
        version=version,
        category="Trend",
        summary="Buys the break of the highest high.",
        description="",
        risk_note="Loses in ranges.",
        timeframe="M1",
        symbols=["EURUSD", "GBPUSD"],
        cpu=0.25,
        memory_mb=256,
    )


def uploaded(**changes: Any) -> EAVersion:
    return releases.upload(source=breakout(**changes), changelog="First.", actor="ann@x.org", now=NOW)


def tried(version: EAVersion, **outcome: Any) -> EAVersion:
    claim = releases.claim_trial(version_id=version.id, now=NOW)
    assert claim is not None
    words: dict[str, Any] = {"error": "", "declared": declared(version.version), "schema": SCHEMA} | outcome
    done = releases.finish_trial(claim, records.Outcome(**words), now=NOW)
    assert done is not None
    return done


def released(days: int = 1, **changes: Any) -> EAVersion:
    version = tried(uploaded(**changes))
    releases.approve(version_id=version.id, actor="ben@x.org", note="", now=NOW)
    return releases.release(version_id=version.id, now=NOW + timedelta(days=days))


def test_an_upload_is_a_draft_that_nobody_sees_and_whose_trial_is_due() -> None:
    version = uploaded()
    assert (version.state, version.uploaded_by, version.changelog) == ("draft", "ann@x.org", "First.")
    assert version.content_hash.startswith("sha256:")
    assert queries.due_trials(now=NOW, limit=5) == [version.id]
    assert "breakout" not in {template.slug for template, _ in queries.templates()}
    assert queries.newest_version(version.template) is None


def test_what_the_static_checks_refuse_is_kept_with_its_findings_and_never_tried() -> None:
    version = uploaded(head="import os")
    assert (version.state, version.reviewed_by) == ("refused", releases.SYSTEM)
    assert [finding.rule for finding in records.read(version.review).findings] == ["import"]
    assert queries.due_trials(now=NOW, limit=5) == []
    assert releases.claim_trial(version_id=version.id, now=NOW) is None


def test_a_file_that_does_not_say_what_it_is_is_refused_naming_the_line() -> None:
    with pytest.raises(Malformed, match="exactly one class"):
        releases.upload(source=b"x = 1\n", changelog="", actor="a", now=NOW)
    with pytest.raises(Malformed, match="Line 3"):
        releases.upload(source=b"x = 1\n\nthis is not\n", changelog="", actor="a", now=NOW)
    assert not EATemplate.objects.filter(slug="breakout").exists()


def test_a_version_comes_through_trial_approval_and_release_into_the_catalogue() -> None:
    version = released()
    assert (version.state, version.reviewed_by) == ("released", "ben@x.org")
    shown = {template.slug: (template, row) for template, row in queries.templates()}
    template, row = shown["breakout"]
    assert row == version
    assert (template.summary, template.symbols) == (declared().summary, ["EURUSD", "GBPUSD"])
    assert operations.check_inputs(template=template, version=row, inputs={"lookback": 40.0}) == {
        "lookback": 40,
        "side": "both",
    }


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"lookback": 4}, "must be at least 5; found 4"),
        ({"lookbak": 40}, "did you mean lookback"),
        ({"side": "short"}, "must be one of both, long"),
    ],
)
def test_inputs_of_an_uploaded_ea_are_judged_by_its_schema(inputs: dict[str, Any], sentence: str) -> None:
    version = released()
    with pytest.raises(Malformed, match=sentence):
        operations.check_inputs(template=version.template, version=version, inputs=inputs)


def test_a_failed_trial_refuses_and_says_why() -> None:
    version = tried(uploaded(), error="It used more than 512 MB.", declared=None)
    assert (version.state, version.decision) == ("refused", "Its trial failed: It used more than 512 MB.")
    with pytest.raises(releases.VersionWrongState):
        releases.approve(version_id=version.id, actor="ben@x.org", note="", now=NOW)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ({"declared": declared(slug="grid")}, "says that it is grid 1.0.0"),
        ({"declared": None}, "did not say what it is"),
        ({"declared": msgspec.structs.replace(declared(), symbols=["BTCUSD"])}, "it trades BTCUSD"),
        ({"schema": {"properties": {"a": {"type": "object", "default": 1}}}}, "Its inputs are not"),
    ],
)
def test_what_the_sandbox_tells_is_believed_only_as_far_as_it_fits(
    outcome: dict[str, Any], sentence: str
) -> None:
    version = tried(uploaded(), **outcome)
    assert version.state == VersionState.REFUSED
    assert sentence in version.decision


def test_a_trial_has_one_worker_and_is_begun_again_after_a_killed_one() -> None:
    version = uploaded()
    first = releases.claim_trial(version_id=version.id, now=NOW)
    assert first is not None
    assert releases.claim_trial(version_id=version.id, now=NOW) is None
    later = NOW + releases.TRIAL_LEASE
    assert queries.due_trials(now=later, limit=5) == [version.id]
    second = releases.claim_trial(version_id=version.id, now=later)
    assert second is not None
    assert releases.finish_trial(first, records.Outcome(error="late"), now=later) is None
    assert EAVersion.objects.get(id=version.id).state == VersionState.DRAFT


def test_a_sandbox_that_fails_is_tried_again_and_then_given_up_with_its_reason() -> None:
    version, now = uploaded(), NOW
    for _ in range(releases.MOST_ATTEMPTS):
        claim = releases.claim_trial(version_id=version.id, now=now)
        assert claim is not None
        releases.put_trial_off(claim, "No sandbox here.", now=now)
        now += timedelta(minutes=1)
    row = EAVersion.objects.get(id=version.id)
    assert (row.state, row.trial_due_at) == (VersionState.REFUSED, None)
    assert "No sandbox here." in row.decision


def test_a_version_number_must_grow() -> None:
    released()
    for number in ("0.9.9", "1.0.0"):
        with pytest.raises(releases.VersionTaken, match="larger number"):
            uploaded(version=number, head="# changed")
    with pytest.raises(releases.VersionTaken, match="This very file"):
        uploaded()
    uploaded(version="1.0.10")
    with pytest.raises(releases.VersionTaken, match="waits for its review"):
        uploaded(version="1.0.10", head="# changed")


def test_a_refused_number_may_come_again_with_other_code() -> None:
    uploaded(head="import os")
    assert uploaded(head="# mended").state == VersionState.DRAFT


def test_an_older_number_is_not_released_after_a_newer_one() -> None:
    first, second = tried(uploaded()), tried(uploaded(version="1.1.0"))
    for version in (first, second):
        releases.approve(version_id=version.id, actor="ben@x.org", note="", now=NOW)
    releases.release(version_id=second.id, now=NOW)
    with pytest.raises(releases.VersionTaken, match=r"1\.1\.0 is released already"):
        releases.release(version_id=first.id, now=NOW)


def test_a_withdrawn_version_is_on_offer_no_more_and_the_one_before_is_again() -> None:
    first, second = released(), released(2, version="1.1.0")
    releases.withdraw(version_id=second.id, reason="It doubles its stakes.")
    assert queries.newest_version(first.template) == first
    assert [row.version for row in queries.released_versions(first.template)] == ["1.1.0", "1.0.0"]
    with pytest.raises(operations.NotReleased, match="was withdrawn"):
        operations.check_released(EAVersion.objects.get(id=second.id))
    with pytest.raises(releases.VersionWrongState):
        releases.withdraw(version_id=second.id, reason="Again.")


def test_only_what_is_approved_is_released_and_only_what_is_tried_is_approved() -> None:
    version = uploaded()
    with pytest.raises(releases.VersionWrongState, match="in review"):
        releases.approve(version_id=version.id, actor="ben@x.org", note="", now=NOW)
    with pytest.raises(releases.VersionWrongState, match="approved"):
        releases.release(version_id=version.id, now=NOW)


def test_a_start_of_the_product_leaves_what_was_uploaded_for_a_shipped_ea() -> None:
    version = tried(uploaded(slug="grid", version="1.1.0"), declared=declared("1.1.0", "grid"))
    releases.approve(version_id=version.id, actor="ben@x.org", note="", now=NOW)
    releases.release(version_id=version.id, now=NOW + timedelta(days=1))
    operations.publish_shipped_templates(now=NOW + timedelta(days=2))
    grid = EATemplate.objects.get(slug="grid")
    assert grid.name == "Breakout"
    newest = queries.newest_version(grid)
    assert newest is not None
    assert newest.version == "1.1.0"
