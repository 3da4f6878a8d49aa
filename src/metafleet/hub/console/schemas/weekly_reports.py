"""The weekly report of a channel."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text

Timezone = Text


class WeeklyReport(Record):
    """`hour` is that of Mondays on the clock of `timezone`. `nextAt`: null while it is off."""

    is_on: bool
    hour: int
    timezone: str
    next_at: datetime | None


class WeeklyReportForm(Form):
    is_on: bool
    hour: int = Field(8, ge=0, le=23)
    timezone: Text = Field("UTC", max_length=64)
