"""A model's card as a page that needs nothing beside itself, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from metafleet.brain.model.card import Card
from metafleet.brain.model.model import Model
from metafleet.brain.model.spec import ModelSpec
from metafleet.engine.statements.pages import fill_page

_PAGE: Final = Path(__file__).with_name("page.html")


class _Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is shown of a model: all of it but what it scores with."""

    content_hash: str
    spec: ModelSpec
    card: Card


def as_page(model: Model) -> str:
    """Return the card as an HTML page: it asks nothing of any server, and may be kept or sent."""
    return fill_page(_PAGE, msgspec.json.encode(_shown(model)))


def as_json(model: Model) -> bytes:
    """Return the card and the spec as JSON for other programs."""
    return msgspec.json.format(msgspec.json.encode(_shown(model)), indent=2) + b"\n"


def _shown(model: Model) -> _Shown:
    return _Shown(content_hash=model.content_hash, spec=model.spec, card=model.card)
