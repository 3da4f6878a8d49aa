"""Features: named functions of closed bars, the same bits in training, in serving and inside MetaTrader.

Each looks at a finite number of bars and puts them together in an order that is its own, so that a longer
history changes no bit (docs/decisions/065-features.md). All are in docs/reference/features.md.
"""

from metafleet.brain.features.catalogue import about, look_back, names
from metafleet.brain.features.computing import matrix, newest, newest_of
from metafleet.brain.features.contract import CALENDAR, Beside, Feature, UnknownFeature
from metafleet.brain.features.events import calendar_of, weight_of

__all__ = [
    "CALENDAR",
    "Beside",
    "Feature",
    "UnknownFeature",
    "about",
    "calendar_of",
    "look_back",
    "matrix",
    "names",
    "newest",
    "newest_of",
    "weight_of",
]
