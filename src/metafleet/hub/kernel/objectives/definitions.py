"""The objectives: what each promises, and what is measured for it. docs/concepts/slos.md has the reasons.

The one place of their names, targets and bounds: `infra/prometheus/slo.yml` and the operator's screen are
held to it by tests/house/test_slos.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, Literal, TypeVar

PERIOD: Final = timedelta(days=28)
"""What a budget is for: four whole weeks, so that no two differ by a weekend."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Requests answered with a 5xx, of all but these kinds. `metric`: the counter of answers."""

    metric: str
    besides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """What took longer than `within_s`, a bound of the histogram. `kind`: of these alone; "": of all."""

    metric: str
    within_s: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """Moments in which a gauge was 0."""

    metric: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of the database, which the workers count where everybody's counts are kept."""


Measure = Failures | Lateness | Absence | Facts
Measured_co = TypeVar("Measured_co", bound=Measure, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective(Generic[Measured_co]):
    """A share of good events over PERIOD.

    `title` and `promise` are for people; "%s" in the promise is the target. `target`: a ratio.
    `fewest`: with fewer events in six hours nobody is woken: one bad of three is no rate.
    """

    name: str
    title: str
    promise: str
    of: str
    target: float
    measure: Measured_co
    fewest: int = 0

    @property
    def budget(self) -> float:
        """The ratio of events that may be bad."""
        return round(1 - self.target, 6)

    @property
    def runbook(self) -> str:
        return f"docs/runbooks/slo-{self.name}.md"


@dataclass(frozen=True, slots=True)
class Burn:
    """An alarm: the budget burns `rate` times as fast as it may, in both windows together."""

    rate: float
    long: timedelta
    short: timedelta
    severity: Literal["page", "ticket"]


BURNS: Final = (
    Burn(14.4, timedelta(hours=1), timedelta(minutes=5), "page"),
    Burn(6, timedelta(hours=6), timedelta(minutes=30), "page"),
    Burn(3, timedelta(days=1), timedelta(hours=2), "ticket"),
    Burn(1, timedelta(days=3), timedelta(hours=6), "ticket"),
)
"""Source: Google's SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"."""
FEWEST_IN: Final = timedelta(hours=6)
"""The window of `Objective.fewest`."""

PROOF_WITHIN: Final = timedelta(seconds=60)
"""From the wish that an EA runs to its first heartbeat that is signed in to its account."""

_FEW: Final = 20

GATEWAY_AVAILABILITY: Final[Objective[Failures]] = Objective(
    name="gateway-availability",
    title="Terminals are answered",
    promise="%s of the terminals’ requests are answered without a failure of ours.",
    of="requests of terminals",
    target=0.999,
    measure=Failures("metafleet_gateway_requests_total", ("health", "ready", "metrics")),
)
GATEWAY_LATENCY: Final[Objective[Lateness]] = Objective(
    name="gateway-latency",
    title="Heartbeats are answered at once",
    promise="%s of the heartbeats are answered within a quarter of a second.",
    of="heartbeats",
    target=0.99,
    measure=Lateness("metafleet_gateway_request_seconds", 0.25, "heartbeat"),
)
DEALS: Final[Objective[Lateness]] = Objective(
    name="deals",
    title="Deals are journalled at once",
    promise="%s of the batches of deals are in the journal within a second of their arrival.",
    of="batches of deals",
    target=0.99,
    measure=Lateness("metafleet_gateway_request_seconds", 1, "trades"),
)
COMMANDS: Final[Objective[Lateness]] = Objective(
    name="commands",
    title="Commands reach waiting terminals",
    promise="%s of the commands reach a terminal that waits for them within a second.",
    of="commands",
    target=0.99,
    measure=Lateness("metafleet_command_delivery_seconds", 1),
    fewest=_FEW,
)
DEPLOYMENTS: Final[Objective[Facts]] = Objective(
    name="deployments",
    title="Deployments run within a minute",
    promise="%s of the EAs that are wanted to run, and have a host, are heard of within a minute.",
    of="deployments",
    target=0.99,
    measure=Facts(),
    fewest=_FEW,
)
WEB_AVAILABILITY: Final[Objective[Failures]] = Objective(
    name="web-availability",
    title="People and programs are answered",
    promise="%s of the requests of screens, API and sign-in are answered without a failure of ours.",
    of="requests",
    target=0.999,
    measure=Failures("metafleet_web_requests_total", ("asset",)),
)
JUDGE: Final[Objective[Absence]] = Objective(
    name="judge",
    title="Rules and programmes are judged",
    promise="%s of the time some process judges.",
    of="looks at the judge",
    target=0.999,
    measure=Absence("metafleet_judge_up"),
)

OBJECTIVES: Final[tuple[Objective[Measure], ...]] = (
    GATEWAY_AVAILABILITY,
    GATEWAY_LATENCY,
    DEALS,
    COMMANDS,
    DEPLOYMENTS,
    WEB_AVAILABILITY,
    JUDGE,
)
