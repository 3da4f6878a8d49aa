"""How served models stand, for the judge: signals and monitor are beside each other, and meet here."""

from __future__ import annotations

from metafleet.hub.monitor.rules.contract import ModelLook
from metafleet.hub.signals import health


def models() -> list[ModelLook]:
    """Return how each champion stands by what was measured last. In an operator's scope."""
    return [
        ModelLook(
            version_id=one.version_id,
            label=one.label,
            signals=one.signals,
            psi=one.psi,
            psi_feature=one.psi_feature,
            scored=one.scored,
            gap=one.calibration_gap,
            p_value=one.p_value,
        )
        for one in health.standings()
    ]
