"""A Bayesian search: Optuna's tree-structured Parzen estimator proposes, told of all that was tried.

Optuna is an extra of its own, `metafleet[optimize]`, and loaded only here. See docs/decisions/054-optuna.md.
Source: Bergstra et al., Algorithms for Hyper-Parameter Optimization, NIPS 2011; optuna.readthedocs.io.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from metafleet.engine.tester.optimising.searches.asking import Scored
from metafleet.engine.tester.optimising.searches.sampling import Unseen
from metafleet.engine.tester.optimising.space import Point, Space, SpaceRefused

_ROUND: Final = 8
"""Asked for at once: enough for the cores of a desk machine; more would be proposed without knowing."""

_PROPOSALS: Final = 10
"""For one point. Of a grid it often proposes what was tried: then chance goes on."""


class BayesSearch:
    """Points that a model of the tries so far takes for promising."""

    def __init__(self, space: Space, tries: int, seed: int) -> None:
        """Raises SpaceRefused where Optuna is not installed."""
        try:
            import optuna
        except ImportError:
            raise SpaceRefused(
                "the method bayes needs Optuna, which is not installed: pip install 'metafleet[optimize]', "
                "or take the method genetic"
            ) from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.most = min(tries, space.count().allowed)
        self._space = space
        self._unseen = Unseen(space, random.Random(seed))
        self._left = self.most
        self._failed = optuna.trial.TrialState.FAIL
        self._study: Any = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed)
        )
        # Numbers by their place, so that a step is a step; other values have no order.
        self._distributions: dict[str, Any] = {
            one.name: optuna.distributions.IntDistribution(0, len(one.values) - 1)
            if one.is_number
            else optuna.distributions.CategoricalDistribution(range(len(one.values)))
            for one in space.dimensions
        }
        self._create = optuna.trial.create_trial
        self._trials: dict[Point, Any] = {}

    def ask(self) -> list[Point]:
        """Return the most promising points, or others by chance where the model knows no new ones."""
        found: list[Point] = []
        while len(found) < min(_ROUND, self._left):
            point = self._proposed() or self._unseen.one()
            if point is None:
                break
            found.append(point)
        self._left = self._left - len(found) if found else 0
        return found

    def tell(self, scored: Sequence[Scored]) -> None:
        """Teach the model what the round was worth."""
        for one in scored:
            trial = self._trials.pop(one.point, None)
            if trial is None:
                self._teach(one)
            elif one.score is None:
                self._study.tell(trial, state=self._failed)
            else:
                self._study.tell(trial, one.score)

    def _proposed(self) -> Point | None:
        for _ in range(_PROPOSALS):
            trial = self._study.ask(self._distributions)
            point = tuple(int(trial.params[one.name]) for one in self._space.dimensions)
            if self._space.is_allowed(point) and self._unseen.note(point):
                self._trials[point] = trial
                return point
            self._study.tell(trial, state=self._failed)
        return None

    def _teach(self, one: Scored) -> None:
        """Tell of a point that chance has chosen."""
        if one.score is None:
            return
        params = {dimension.name: at for dimension, at in zip(self._space.dimensions, one.point, strict=True)}
        self._study.add_trial(self._create(params=params, distributions=self._distributions, value=one.score))
