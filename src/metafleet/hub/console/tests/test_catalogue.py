"""The catalogue over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.hub.catalogue import queries
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.catalogue.operations import publish_shipped_templates
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("catalogue")


def test_all_templates_take_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = queries.templates()
    assert [template.name for template, _ in found] == sorted(template.name for template, _ in found)
    assert {template.slug for template, _ in found} == set(EXPERTS)


def test_plans_are_set_once_and_an_operators_choice_stays() -> None:
    plans = dict(EATemplate.objects.values_list("slug", "required_plan"))
    assert (plans["mean-reversion"], plans["momentum"], plans["scalping"]) == ("bronze", "gold", "platinum")
    EATemplate.objects.filter(slug="scalping").update(required_plan="bronze")
    publish_shipped_templates(now=NOW)
    assert EATemplate.objects.get(slug="scalping").required_plan == "bronze"


def test_a_template_is_shown_with_its_newest_version() -> None:
    grid = EATemplate.objects.get(slug="grid")
    for age, version in ((timedelta(days=-1), "0.9"), (timedelta(days=1), "1.1")):
        EAVersion.objects.create(
            template=grid, version=version, content_hash="x", input_schema={}, published_at=NOW + age
        )
    assert {template.slug: row.version for template, row in queries.templates()}["grid"] == "1.1"
