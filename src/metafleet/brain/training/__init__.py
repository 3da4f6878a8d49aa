"""Training: from bars to a model that says what it is worth, or that there is nothing to be found."""

from metafleet.brain.training.study import Study, StudyRefused
from metafleet.brain.training.train import Trained, train

__all__ = ["Study", "StudyRefused", "Trained", "train"]
