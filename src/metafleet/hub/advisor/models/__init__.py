"""What the advisor remembers, a module for each of its rooms."""

from metafleet.hub.advisor.models.evidence import EvidenceStanding, TestedSet
from metafleet.hub.advisor.models.markets import MarketEvent, MarketHour, MarketSentiment, MarketView
from metafleet.hub.advisor.models.recommendations import (
    AdviceStanding,
    Explanation,
    Recommendation,
    RecommendationScore,
)

__all__ = [
    "AdviceStanding",
    "EvidenceStanding",
    "Explanation",
    "MarketEvent",
    "MarketHour",
    "MarketSentiment",
    "MarketView",
    "Recommendation",
    "RecommendationScore",
    "TestedSet",
]
