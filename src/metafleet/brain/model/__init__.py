"""A trained model as one file: what it is of, what it scores with, and the card of what it is worth."""

from metafleet.brain.model.card import Card
from metafleet.brain.model.model import Model, ModelRefused, Verdict
from metafleet.brain.model.scorers import Booster, LibraryMissing, Linear
from metafleet.brain.model.spec import Calibration, LabelSpec, ModelSpec

__all__ = [
    "Booster",
    "Calibration",
    "Card",
    "LabelSpec",
    "LibraryMissing",
    "Linear",
    "Model",
    "ModelRefused",
    "ModelSpec",
    "Verdict",
]
