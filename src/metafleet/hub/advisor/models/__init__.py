"""What the advisor remembers."""

from metafleet.hub.advisor.models.markets import MarketEvent, MarketHour, MarketSentiment, MarketView

__all__ = ["MarketEvent", "MarketHour", "MarketSentiment", "MarketView"]
