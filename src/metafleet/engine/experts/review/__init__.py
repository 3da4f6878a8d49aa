"""Static checks of an EA's source: what a person need not look for before they read it.

The source is read as text and never imported or run. The checks are no sandbox: Python has more
ways around a list of names than a list has names. What keeps an uploaded EA from doing harm is where
it runs (`metafleet.runner.trial` and the drivers); what is found here saves the reviewer's time and
tells honest authors what to change.
"""

from __future__ import annotations

from metafleet.engine.experts.review.findings import Finding, Review
from metafleet.engine.experts.review.review import MOST_BYTES, review

__all__ = ["MOST_BYTES", "Finding", "Review", "review"]
