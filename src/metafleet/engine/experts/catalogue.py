"""The EAs that ship. To add one, add its module beside grid.py and its class here."""

from __future__ import annotations

from typing import Final

from metafleet.engine.experts.brain_signal import BrainSignal
from metafleet.engine.experts.channel_breakout import ChannelBreakout
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.grid import GridTrading
from metafleet.engine.experts.mean_reversion import MeanReversion
from metafleet.engine.experts.momentum import MomentumTrading
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.experts.scalping import Scalping
from metafleet.engine.experts.trend_following import TrendFollowing

EXPERTS: Final[dict[str, type[Expert]]] = {
    cls.slug: cls
    for cls in (
        *(TrendFollowing, GridTrading, MeanReversion, ChannelBreakout, MomentumTrading, Scalping),
        BrainSignal,
    )
}
"""EA classes by slug."""

__all__ = ["EXPERTS", "content_hash"]
