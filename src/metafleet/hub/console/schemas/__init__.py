"""What the console API takes and gives.

JSON names are camelCase. Money, prices and volumes leave as JSON numbers (the
database keeps decimals); instants are ISO-8601 UTC.
"""

from metafleet.hub.console.schemas.accounts import (
    Account,
    AccountPatch,
    Candle,
    ConnectAccountForm,
    EquityPoint,
    OpenAccountForm,
    Symbol,
)
from metafleet.hub.console.schemas.base import (
    DesiredState,
    Form,
    InstanceState,
    Instant,
    PlanCode,
    Problem,
    ProblemItem,
    Record,
    Role,
    Telemetry,
    Text,
)
from metafleet.hub.console.schemas.catalogue import Template, TemplateVersion
from metafleet.hub.console.schemas.instances import (
    Command,
    ConfigureForm,
    DeployForm,
    DeployReview,
    Instance,
    InstanceDetail,
    LogTail,
    Position,
    Receipt,
    Run,
    StopForm,
)
from metafleet.hub.console.schemas.journal import (
    AuditEntry,
    DayResult,
    Overview,
    Trade,
    TradePage,
    TradeTotals,
)
from metafleet.hub.console.schemas.people import Allowance, Me, Plan, SessionInfo, SignInForm, SignUpForm

__all__ = [
    "Account",
    "AccountPatch",
    "Allowance",
    "AuditEntry",
    "Candle",
    "Command",
    "ConfigureForm",
    "ConnectAccountForm",
    "DayResult",
    "DeployForm",
    "DeployReview",
    "DesiredState",
    "EquityPoint",
    "Form",
    "Instance",
    "InstanceDetail",
    "InstanceState",
    "Instant",
    "LogTail",
    "Me",
    "OpenAccountForm",
    "Overview",
    "Plan",
    "PlanCode",
    "Position",
    "Problem",
    "ProblemItem",
    "Receipt",
    "Record",
    "Role",
    "Run",
    "SessionInfo",
    "SignInForm",
    "SignUpForm",
    "StopForm",
    "Symbol",
    "Telemetry",
    "Template",
    "TemplateVersion",
    "Text",
    "Trade",
    "TradePage",
    "TradeTotals",
]
