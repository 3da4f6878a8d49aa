"""What the monitor remembers: what people say of accounts, rules, incidents, channels."""

from metafleet.hub.monitor.models.backups import BackupStanding
from metafleet.hub.monitor.models.channels import Channel, Delivery, DeliveryState
from metafleet.hub.monitor.models.events import CloudEvent, EventCursor, LogCursor
from metafleet.hub.monitor.models.incidents import (
    EventKind,
    Incident,
    IncidentEvent,
    IncidentState,
    MaintenanceWindow,
    Severity,
)
from metafleet.hub.monitor.models.profiles import (
    FIRST_PHASE,
    AccountGroup,
    AccountMark,
    AccountProfile,
    BoardView,
    JudgeLease,
    ProfileChange,
    Programme,
)
from metafleet.hub.monitor.models.reports import StatusPage, WeeklyReport
from metafleet.hub.monitor.models.rules import Rule, RuleState, Scope

__all__ = [
    "FIRST_PHASE",
    "AccountGroup",
    "AccountMark",
    "AccountProfile",
    "BackupStanding",
    "BoardView",
    "Channel",
    "CloudEvent",
    "Delivery",
    "DeliveryState",
    "EventCursor",
    "EventKind",
    "Incident",
    "IncidentEvent",
    "IncidentState",
    "JudgeLease",
    "LogCursor",
    "MaintenanceWindow",
    "ProfileChange",
    "Programme",
    "Rule",
    "RuleState",
    "Scope",
    "Severity",
    "StatusPage",
    "WeeklyReport",
]
