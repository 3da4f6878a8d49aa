"""A model's card: what it was made of, what it was worth on prices unseen, and whether that is enough.

All times are ISO 8601 by the server's clock, without a zone. Returns are log returns of the price, in basis
points (1e-4). No card says when it was made, nor how long that took: the same study makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is common to the parts of a card."""


class Estimate(_Part, frozen=True):
    """A figure and its interval with the card's confidence. None: there is too little to say."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Metric(_Part, frozen=True):
    """One figure out of sample. name: for programs, as "net_mean"; title and unit: for people.

    baseline: the same figure of the linear model beside it, on the same bars; None where it has none.
    """

    name: str
    title: str
    unit: str
    model: Estimate
    baseline: Estimate | None = None


class DataUsed(_Part, frozen=True):
    """The bars of one symbol. sha256: of their rows from begin to end."""

    symbol: str
    bars: int
    begin: str
    end: str
    sha256: str


class CalendarUsed(_Part, frozen=True):
    """The scheduled events that features looked at. sha256: of when, whose and of which weight they are."""

    events: int
    begin: str
    end: str
    sha256: str


class CostsAssumed(_Part, frozen=True):
    """What a trade of one symbol was charged.

    spread: the mean over the bars entered on. commission: of both sides. swap: of a night, < 0 paid.
    """

    symbol: str
    spread_points: float
    spread_bps: float
    commission_bps: float
    swap_long_bps: float
    swap_short_bps: float
    source: str


class Fold(_Part, frozen=True):
    """One step of the walk forward.

    purged, embargoed: training samples left out, because they reach into the test, or nearly. threshold:
    chosen within the training part. trees: 0 of a linear model.
    """

    number: int
    train_begin: str
    train_end: str
    test_begin: str
    test_end: str
    train_samples: int
    purged: int
    embargoed: int
    test_samples: int
    trees: int
    threshold: float
    log_loss: float
    auc: float | None
    trades: int
    net_mean_bps: float | None
    baseline_trades: int
    baseline_net_mean_bps: float | None


class CalibrationPoint(_Part, frozen=True):
    """Of bars that were given about this probability, how many rose. Both 0 to 1."""

    predicted: float
    observed: float
    low: float
    high: float
    count: int


class Importance(_Part, frozen=True):
    """What out-of-sample log loss grows by once this is shuffled, in thousandths. group: what it is of."""

    name: str
    group: str
    loss: Estimate


class SymbolResult(_Part, frozen=True):
    """What trades of one symbol made out of sample, after costs."""

    symbol: str
    samples: int
    trades: int
    hit_ratio: float | None
    net_mean_bps: Estimate


class EquityPoint(_Part, frozen=True):
    """Sums of net returns so far, in basis points, of one unit a trade."""

    at: str
    model: float
    baseline: float


class Check(_Part, frozen=True):
    """One thing that a model must show. text: a sentence with its numbers."""

    name: str
    passed: bool
    text: str


class Gate(_Part, frozen=True):
    """Whether the model may serve. verdict: one sentence for people, also of what was not found."""

    promoted: bool
    verdict: str
    checks: tuple[Check, ...]


class Distribution(_Part, frozen=True):
    """How a feature, or "probability", was spread in training: what drift is measured against.

    edges: ascending, the inner borders of bins; shares: of the bins, one more than edges, adding up to 1.
    """

    name: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]


class Card(_Part, frozen=True, omit_defaults=True):
    """Everything that must be known of a model before anybody trusts it.

    data_hash: SHA-256 of the bars, the study's settings and the features' names; with the seed and the
    library versions it makes the model again, bit by bit. effective_samples: the sum of uniqueness. trials:
    how many models, of all kinds and settings, the evidence was deflated for. looked_at: in words, what was
    tried. made_with: versions of the libraries, by name. calendar: None where no feature looks at one, and
    not in the file then.
    """

    name: str
    seed: int
    confidence: float
    data_hash: str
    begin: str
    end: str
    data: tuple[DataUsed, ...]
    label: str
    features: tuple[str, ...]
    samples: int
    effective_samples: float
    trials: int
    looked_at: tuple[str, ...]
    costs: tuple[CostsAssumed, ...]
    folds: tuple[Fold, ...]
    metrics: tuple[Metric, ...]
    by_symbol: tuple[SymbolResult, ...]
    calibration: tuple[CalibrationPoint, ...]
    importance: tuple[Importance, ...]
    group_importance: tuple[Importance, ...]
    equity: tuple[EquityPoint, ...]
    gate: Gate
    reference: tuple[Distribution, ...]
    notes: tuple[str, ...]
    made_with: Mapping[str, str]
    calendar: CalendarUsed | None = None

    def metric(self, name: str) -> Metric | None:
        """Return the figure of this name, None where the card has none."""
        return next((one for one in self.metrics if one.name == name), None)
