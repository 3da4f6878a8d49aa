"""How served versions do: drift of what they see, calibration, hits. One row a version and day.

Over the newest signals of all customers, each bar once, a challenger's among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray

from metafleet.brain.evidence import calibration_decay, hit_ratio, population_stability
from metafleet.brain.model import Card, ModelSpec
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.hub.signals.models import SERVED, ModelHealth, ModelVersion

WINDOW: Final = timedelta(days=60)
MOST: Final = 2_000
"""Bars of the window, the newest."""
FEWEST: Final = 200
"""Bars below which nothing is said of drift: chance alone moves the index by bins over count."""
FEWEST_JUDGED: Final = 50
_SEEN: Final = """
    SELECT bar_at, features, side, probability, state, is_up, is_hit, return_ratio
    FROM signals_seen(%s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a champion stands, for whoever watches over it. p_value: None while too little is known."""

    version_id: UUID
    label: str
    signals: int
    psi: float | None
    psi_feature: str
    scored: int
    calibration_gap: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class _Seen:
    bar_at: datetime
    features: bytes
    side: str
    probability: float
    state: str | None
    is_up: bool | None
    is_hit: bool | None
    returned: float | None


def measure(*, now: datetime) -> int:
    """Write how every served version stands today; return how many were looked at."""
    rows = ModelVersion.objects.filter(state__in=SERVED).defer("file")
    for version in rows:
        figures = _figures(version, _seen(version.id, now - WINDOW))
        ModelHealth.objects.update_or_create(version=version, day=now.date(), defaults=figures)
    return len(rows)


def standings() -> list[Standing]:
    """Return how each champion stands by its newest row."""
    rows = (
        ModelHealth.objects.filter(version__state="champion")
        .select_related("version__model")
        .defer("version__file", "version__card", "version__spec")
        .order_by("version_id", "-day")
        .distinct("version_id")
    )
    return [
        Standing(
            version_id=row.version_id,
            label=f"{row.version.model.name} version {row.version.number}",
            signals=row.signals,
            psi=row.psi,
            psi_feature=row.psi_feature,
            scored=row.scored,
            calibration_gap=row.calibration_gap,
            p_value=row.calibration_p,
        )
        for row in rows
    ]


def _seen(version_id: UUID, since: datetime) -> list[_Seen]:
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [version_id, since, MOST])
        return [_Seen(*row) for row in cursor.fetchall()]


def _figures(version: ModelVersion, seen: Sequence[_Seen]) -> dict[str, Any]:
    spec = msgspec.convert(version.spec, ModelSpec)
    overlap = _overlap(seen, spec)
    return (
        {"signals": len(seen)} | _drift(version, spec, seen) | _hits(seen, overlap) | _scored(seen, overlap)
    )


def _overlap(seen: Sequence[_Seen], spec: ModelSpec) -> float:
    """Return how many outcomes are alive at once on average: so much less they tell than their count."""
    times = np.unique([one.bar_at.timestamp() for one in seen])
    if len(times) < 2:
        return 1.0
    horizon_s = spec.horizon_bars * PERIODS_S[BY_NAME[spec.timeframe]]
    return max(1.0, len(seen) / len(times) * horizon_s / float(np.median(np.diff(times))))


def _drift(version: ModelVersion, spec: ModelSpec, seen: Sequence[_Seen]) -> dict[str, Any]:
    if len(seen) < FEWEST:
        return {"psi": None, "psi_feature": "", "psi_features": {}}
    width = len(spec.features)
    whole = [one for one in seen if len(one.features) == 4 * width]
    matrix = np.frombuffer(b"".join(bytes(one.features) for one in whole), "<f4").reshape(-1, width)
    columns: dict[str, NDArray[Any]] = {name: matrix[:, place] for place, name in enumerate(spec.features)}
    columns["probability"] = np.array([one.probability for one in whole])
    references = msgspec.convert(version.card, Card).reference
    found = {
        one.name: round(population_stability(one, columns[one.name]), 4)
        for one in references
        if one.name in columns
    }
    worst = max(found, key=lambda name: found[name], default="")
    return {"psi": found.get(worst), "psi_feature": worst, "psi_features": found}


def _hits(seen: Sequence[_Seen], overlap: float) -> dict[str, Any]:
    judged = [one for one in seen if one.state == "known" and one.side != "none"]
    hits = sum(bool(one.is_hit) for one in judged)
    ratio = hit_ratio(hits, len(judged), overlap=overlap)
    said = [one.probability if one.side == "buy" else 1 - one.probability for one in judged]
    returns = [one.returned for one in judged if one.returned is not None]
    return {
        "judged": len(judged),
        "hits": hits,
        "hit_low": ratio.low,
        "hit_high": ratio.high,
        "expected_hits": sum(said) if judged else None,
        "mean_return": float(np.mean(returns)) if returns else None,
    }


def _scored(seen: Sequence[_Seen], overlap: float) -> dict[str, Any]:
    known = [one for one in seen if one.state == "known" and 0 < one.probability < 1]
    if len(known) < FEWEST_JUDGED:
        nothing = {"brier": None, "calibration_gap": None, "calibration_p": None, "is_decayed": False}
        return {"scored": len(known)} | nothing
    p, rose = (
        np.array([one.probability for one in known]),
        np.array([bool(one.is_up) for one in known], float),
    )
    decay = calibration_decay(p, rose, overlap=overlap)
    return {
        "scored": len(known),
        "brier": float(np.mean((p - rose) ** 2)),
        "calibration_gap": float(p.mean() - rose.mean()),
        "calibration_p": decay.p_value,
        "is_decayed": decay.is_decayed,
    }
