"""The life of a model's versions: registered, tried, promoted, rolled back, retired; and frozen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel.errors import Malformed, NotFound
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from metafleet.hub.signals import registry
from metafleet.hub.signals.errors import (
    AlreadyRegistered,
    FileRefused,
    GateShut,
    NothingToRollBackTo,
    VersionWrongState,
)
from metafleet.hub.signals.models import Model, ModelVersion, VersionState
from metafleet.hub.signals.tests.made import file_of
from tests.cast import NOW

pytestmark = pytest.mark.django_db
FROZEN = r"never changes|permission denied"
OSCAR = "oscar@example.com"


def registered(**changes: Any) -> ModelVersion:
    return registry.register(content=file_of(**changes), actor=OSCAR, now=NOW)


def promoted(**changes: Any) -> ModelVersion:
    return registry.promote(version_id=registered(**changes).id, actor=OSCAR, note="", now=NOW)


def states() -> list[tuple[int, str]]:
    return list(ModelVersion.objects.order_by("number").values_list("number", "state"))


def actions() -> list[str]:
    with tenant_scope(PLATFORM):
        return list(AuditEntry.objects.order_by("sequence", "created_at").values_list("action", flat=True))


def test_a_file_becomes_the_next_draft_of_the_model_that_it_names() -> None:
    first, second = registered(tilt=0.01), registered(tilt=0.02)
    assert [(v.model.name, v.number, v.state, v.timeframe) for v in (first, second)] == [
        ("eurusd-m15", 1, "draft", "M15"),
        ("eurusd-m15", 2, "draft", "M15"),
    ]
    kept = ModelVersion.objects.get(id=second.id)
    assert bytes(kept.file) == file_of(tilt=0.02)
    assert kept.card["gate"]["promoted"] is True
    assert actions() == ["model.registered", "model.registered"]


def test_the_same_file_is_registered_once() -> None:
    registered()
    with pytest.raises(AlreadyRegistered, match="eurusd-m15 version 1 already"):
        registered()
    assert states() == [(1, "draft")]


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"x" * (9 << 20)])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        registry.register(content=content, actor=OSCAR, now=NOW)
    assert Model.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbols": ("NOSUCH",)}, "nothing is known of that symbol"),
        ({"features": ("return_1", "no_such_feature")}, "no feature"),
        ({"timeframe": "M7"}, "no timeframe"),
    ],
)
def test_what_no_gateway_could_serve_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        registered(**change)


def test_a_name_that_no_address_could_have_is_refused() -> None:
    with pytest.raises(FileRefused, match="small letters"):
        registered(name="EUR/USD")


def test_a_version_whose_gate_is_shut_is_not_promoted_and_the_card_says_why() -> None:
    version = registered(promoted=False)
    with pytest.raises(GateShut, match="No edge found: it did not beat costs"):
        registry.promote(version_id=version.id, actor=OSCAR, note="", now=NOW)
    assert states() == [(1, "draft")]
    assert actions() == ["model.registered"]


def test_it_may_challenge_all_the_same_for_nobody_is_handed_its_signals() -> None:
    version = registered(promoted=False)
    registry.challenge(version_id=version.id, actor=OSCAR, now=NOW)
    assert states() == [(1, "challenger")]


def test_who_is_promoted_retires_the_champion_of_before() -> None:
    promoted(tilt=0.01)
    promoted(tilt=0.02, symbols=("EURUSD", "GBPUSD"))
    assert states() == [(1, "retired"), (2, "champion")]
    assert Model.objects.get().symbols == ["EURUSD", "GBPUSD"]


def test_a_new_challenger_retires_the_one_of_before() -> None:
    for tilt in (0.01, 0.02):
        registry.challenge(version_id=registered(tilt=tilt).id, actor=OSCAR, now=NOW)
    assert states() == [(1, "retired"), (2, "challenger")]


def test_rolled_back_twice_it_goes_back_twice_and_no_further() -> None:
    for tilt in (0.01, 0.02, 0.03):
        promoted(tilt=tilt)
    model_id = Model.objects.get().id
    for expected in ([(1, "retired"), (2, "champion"), (3, "retired")],
                     [(1, "champion"), (2, "retired"), (3, "retired")]):  # fmt: skip
        registry.roll_back(model_id=model_id, actor=OSCAR, reason="It lost.", now=NOW)
        assert states() == expected
    with pytest.raises(NothingToRollBackTo):
        registry.roll_back(model_id=model_id, actor=OSCAR, reason="It lost.", now=NOW)
    assert actions()[-2:] == ["model.rolled_back"] * 2


def test_a_retired_version_serves_nobody_and_is_not_retired_twice() -> None:
    version = promoted()
    registry.retire(version_id=version.id, actor=OSCAR, reason="Out of use.", now=NOW)
    assert states() == [(1, "retired")]
    with pytest.raises(VersionWrongState, match="only one that is not retired"):
        registry.retire(version_id=version.id, actor=OSCAR, reason="", now=NOW)


def test_the_plan_that_is_needed_is_a_plan() -> None:
    model = registered().model
    assert registry.open_to_plan(model_id=model.id, plan="gold", actor=OSCAR, now=NOW).required_plan == "gold"
    with pytest.raises(Malformed, match="no plan 'tin'"):
        registry.open_to_plan(model_id=model.id, plan="tin", actor=OSCAR, now=NOW)


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        registry.promote(version_id=PLATFORM, actor=OSCAR, note="", now=NOW)
    with pytest.raises(NotFound):
        registry.roll_back(model_id=PLATFORM, actor=OSCAR, reason="", now=NOW)


@pytest.mark.parametrize("role", ["metafleet_app", "none"])
@pytest.mark.parametrize(
    "change", ["file = 'other'", "card = '{}'", "spec = '{}'", "content_hash = ''", "number = 9"]
)
def test_the_database_lets_nobody_change_a_file_or_its_card(change: str, role: str) -> None:
    version = registered()
    with pytest.raises(DatabaseError, match=FROZEN), transaction.atomic():
        as_role(role, f"UPDATE signals_modelversion SET {change}")  # noqa: S608 - from above
    assert bytes(ModelVersion.objects.get(id=version.id).file) == file_of()


@pytest.mark.parametrize("role", ["metafleet_app", "none"])
def test_the_database_lets_nobody_remove_a_version(role: str) -> None:
    registered()
    with pytest.raises(DatabaseError, match=FROZEN), transaction.atomic():
        as_role(role, "DELETE FROM signals_modelversion")
    assert ModelVersion.objects.filter(state=VersionState.DRAFT).count() == 1


def as_role(role: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [role])
        cursor.execute(statement)
