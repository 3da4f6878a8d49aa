"""Rules: what is watched, how it stands, and what happens then."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Instant, Record, Text
from metafleet.hub.console.schemas.channels import Severity
from metafleet.hub.console.schemas.incidents import Scope

Action = Literal["notify", "pause", "flatten"]


class RuleKind(Record):
    """A kind of rules. `params`: JSON Schema of its parameters, with `title`, `x-unit` and `x-labels`.

    `scopes`: what it may be narrowed to. `canAct`: whether it may pause and flatten. `hasStages`: people
    are warned at 50, 75 and 90 % of its limit.
    """

    kind: str
    title: str
    help: str
    severity: Severity
    scopes: list[Scope]
    can_act: bool
    has_stages: bool
    params: dict[str, Any]


class ScopeChoice(Record):
    """Something that a rule or a maintenance window may be about."""

    scope: Scope
    id: UUID
    label: str


class WatchRuleForm(Form):
    """`scopeId` is left out with the scope of the whole desk. People are told always."""

    name: Text = Field(min_length=1, max_length=80)
    params: dict[str, Any] = Field(default_factory=dict, max_length=20)
    scope: Scope = "tenant"
    scope_id: UUID | None = None
    actions: list[Action] = Field(default_factory=lambda: list[Action](["notify"]), max_length=3)
    severity: Severity = "warning"


class NewWatchRuleForm(WatchRuleForm):
    kind: Text = Field(max_length=40)


class RuleSwitchForm(Form):
    is_enabled: bool


class RuleMuteForm(Form):
    """Nobody is told until then. Null: people are told again."""

    until: Instant | None = None


class Rule(Record):
    """A rule, and how it stands now.

    `sentence` says when it fires. `watches`: how many subjects it judges; `firing` and `near`: for how many
    of them its limit is reached, or people were warned on the way there.
    """

    id: UUID
    kind: str
    kind_title: str
    name: str
    sentence: str
    params: dict[str, Any]
    scope: Scope
    scope_id: UUID | None
    scope_label: str
    actions: list[Action]
    severity: Severity
    is_enabled: bool
    muted_until: datetime | None
    created_by: str
    created_at: datetime
    watches: int
    firing: int
    near: int


class SuggestedRule(Record):
    """A rule over all of the desk that most desks want."""

    kind: str
    name: str
    sentence: str
    actions: list[Action]
    severity: Severity
