"""What a model is worth, and whether it still is: figures with intervals, money after costs, and drift."""

from metafleet.brain.evidence.drift import (
    CalibrationDecay,
    calibration_decay,
    hit_ratio,
    population_stability,
    reference_of,
    stability_word,
)

__all__ = [
    "CalibrationDecay",
    "calibration_decay",
    "hit_ratio",
    "population_stability",
    "reference_of",
    "stability_word",
]
