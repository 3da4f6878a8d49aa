"""A model that is served meets another market than it was taught on, or its probabilities no longer hold."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, ModelLook, Reading
from metafleet.hub.monitor.rules.readings import used

_ALL: Final = 100.0


class ModelDrift(Kind, frozen=True):
    """index: population stability of a feature that is too much; 0.25 is the rule of thumb (Siddiqi, 2006).

    chance: percent; less likely by chance than this, its probabilities count as wrong. An operator's rule.
    """

    slug: ClassVar[str] = "model_drift"
    title: ClassVar[str] = "A model drifts"
    help: ClassVar[str] = (
        "What a served model sees, or how far its probabilities hold, is not as it was taught."
    )
    judges: ClassVar[Judges] = "models"
    severity: ClassVar[Severity] = Severity.WARNING

    index: float = 0.25
    chance: float = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.01 <= self.index <= 10:
            raise ValueError("index: expected a number from 0.01 to 10")
        if not 0.001 <= self.chance <= 50:
            raise ValueError("chance: expected percent from 0.001 to 50")

    def read(self, look: ModelLook, now: datetime) -> Reading | None:  # noqa: ARG002 - by signals
        drift = None if look.psi is None else look.psi / self.index * _ALL
        p_percent = None if look.p_value is None else look.p_value * _ALL
        # As far as the chance is below the limit it is beyond it; at a chance of one it is at nought.
        decay = None if p_percent is None else min(1_000.0, self.chance / max(p_percent, 1e-9) * _ALL)
        known = [one for one in (drift, decay) if one is not None]
        return used(max(known), _ALL, "percent", " ".join(self._said(look))) if known else None

    def _said(self, look: ModelLook) -> list[str]:
        said = []
        if look.psi is not None:
            said.append(
                f"Over {look.signals:,} bars {look.psi_feature} has moved most: its stability index is "
                f"{look.psi:.2f}, and {self.index:g} is much."
            )
        if look.p_value is not None and look.gap is not None:
            said.append(
                f"Of {look.scored:,} outcomes it said {abs(look.gap) * _ALL:.1f} points too "
                f"{'much' if look.gap > 0 else 'little'}; by chance alone {look.p_value:.1%}."
            )
        return said
