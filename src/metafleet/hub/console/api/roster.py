"""The operator's list of EA instances, over all customers."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from metafleet.hub.console.access import needs
from metafleet.hub.console.schemas import InstanceState, Text
from metafleet.hub.console.schemas import roster as shown
from metafleet.hub.fleet import roster
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock

router = Router(by_alias=True)


class Chosen(Schema):
    """Which instances, and which page of them. `waits`: what waits for a worker, has one, or lost it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    state: InstanceState | None = None
    host: Text = Field("", max_length=120)
    driver: Text = Field("", max_length=20)
    tenant: UUID | None = None
    waits: roster.Waits | None = None
    text: Text = Field("", max_length=80)
    page: int = Field(1, ge=1, le=10_000)
    page_size: int = Field(50, ge=1, le=200)

    def wanted(self) -> roster.Wanted:
        return roster.Wanted(
            state=self.state or "",
            host=self.host,
            driver=self.driver,
            tenant_id=self.tenant,
            waits=self.waits,
            text=self.text,
        )


@router.get("/operator/instances", response=shown.FleetInstancePage)
@needs(Right.AUDIT)
def list_all_instances(request: HttpRequest, chosen: Query[Chosen]) -> shown.FleetInstancePage:
    """EA instances of all customers, what changed last before the others."""
    first = (chosen.page - 1) * chosen.page_size
    lines, total = roster.roster(wanted=chosen.wanted(), first=first, most=chosen.page_size, now=clock.now())
    return shown.FleetInstancePage(
        items=[_shown(line) for line in lines],
        total=total,
        page=chosen.page,
        page_size=chosen.page_size,
    )


def _shown(line: roster.Line) -> shown.FleetInstance:
    row, run = line.instance, line.run
    return shown.FleetInstance(
        id=row.id,
        name=row.name,
        tenant_id=row.tenant_id,
        tenant=line.tenant,
        login=row.account.login,
        server=row.account.server,
        symbol=row.symbol,
        template=row.template.name,
        version=row.version.version,
        state=row.state,  # type: ignore[arg-type]
        desired_state=row.desired_state,  # type: ignore[arg-type]
        reason=row.last_error or row.status_text,
        generation=row.generation,
        crash_count=row.crash_count,
        host=run.host if run else "",
        driver=run.driver if run else "",
        cpu_percent=run.cpu_percent if run else None,
        memory_mb=run.memory_mb if run else None,
        heartbeat_at=row.terminal.heartbeat_at,
        next_attempt_at=row.next_attempt_at,
        due_at=row.reconcile_due_at,
        lease_until=row.lease_until,
        updated_at=row.updated_at,
    )
