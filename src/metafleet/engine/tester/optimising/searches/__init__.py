"""Ways through a space of inputs, behind one small protocol: ask for points, tell what they were worth.

A round is asked for, tried and told as a whole, so that a search goes the same way again whatever the order
in which many machines finish: that is what lets it be resumed from the tries that are kept.
"""

from __future__ import annotations

from metafleet.engine.tester.optimising.searches.asking import Scored, Search
from metafleet.engine.tester.optimising.searches.choosing import METHODS, Method, search_of

__all__ = ["METHODS", "Method", "Scored", "Search", "search_of"]
