"""Every table is on the map of what is kept of whom."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

PAGE = Path(__file__).resolve().parents[2] / "docs/security/data-map.md"
CLASSES = {"secret", "private", "personal", "shared"}
ROW = re.compile(r"^\| `(\w+\.[A-Z]\w+)` \| ([a-z, ]+) \|", re.MULTILINE)


def test_every_table_is_on_the_map_once() -> None:
    listed = [name for name, _ in ROW.findall(PAGE.read_text())]
    assert sorted(listed) == sorted(model._meta.label for model in apps.get_models())


def test_every_table_has_its_class() -> None:
    for name, classes in ROW.findall(PAGE.read_text()):
        assert set(classes.split(", ")) <= CLASSES, name


def test_what_is_private_has_a_tenant() -> None:
    """What the map says is private to a customer is behind the fence, or says why not."""
    of_nobody = {"catalogue.EAVersion"}  # the platform's own; a source is for operators alone
    for name, classes in ROW.findall(PAGE.read_text()):
        if "private" in classes and name not in of_nobody | {"identity.Tenant"}:
            assert any(field.name == "tenant" for field in apps.get_model(name)._meta.fields), name
