"""Imports of account histories: upload and look, record, take back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile
from ninja.params.functions import Form as FormParam

from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.schemas import imports as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal.imports import formats, operations, queries
from metafleet.hub.journal.models import Import
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
_SUMMARISED: Final = (
    "account_match", "found", "new", "known", "conflicting", "replaced", "unreadable", "unreadable_count",
    "figures", "notes", "start_balance", "sample",
)  # fmt: skip


@router.post("/accounts/{uuid:account_id}/imports", response={201: shown.Import})
@needs(Right.TRADE, takes_limited_keys=False)
def preview_import(
    request: HttpRequest,
    account_id: UUID,
    file: File[UploadedFile],
    timezone: str = FormParam("", max_length=64),
) -> Status[shown.Import]:
    who = actor(request)
    # One byte more than is taken: what is larger is refused and never read whole.
    content = file.read(operations.LARGEST + 1)
    with tenant_scope(who.tenant_id):
        row = operations.preview(
            account=find_account(who, account_id),
            actor=who.name,
            import_id=uuid4(),
            upload=operations.Upload(file.name or "", content, timezone.strip()),
            now=clock.now(),
        )
        return Status(201, _shown(row))


@router.get("/imports", response=list[shown.Import])
@needs(Right.READ)
def list_imports(request: HttpRequest, account: UUID | None = None) -> list[shown.Import]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [_shown(row) for row in queries.imports(tenant_id=who.tenant_id, account_id=account)]


@router.get("/imports/{uuid:import_id}", response=shown.Import)
@needs(Right.READ)
def get_import(request: HttpRequest, import_id: UUID) -> shown.Import:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(queries.find_import(tenant_id=who.tenant_id, import_id=import_id))


@router.post("/imports/{uuid:import_id}/confirm", response=shown.Import)
@needs(Right.TRADE, takes_limited_keys=False)
def confirm_import(request: HttpRequest, import_id: UUID) -> shown.Import:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(
            operations.confirm(tenant_id=who.tenant_id, import_id=import_id, actor=who.name, now=clock.now())
        )


@router.post("/imports/{uuid:import_id}/undo", response=shown.Import)
@needs(Right.TRADE, takes_limited_keys=False)
def undo_import(request: HttpRequest, import_id: UUID) -> shown.Import:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(
            operations.undo(tenant_id=who.tenant_id, import_id=import_id, actor=who.name, now=clock.now())
        )


@router.delete("/imports/{uuid:import_id}", response={204: None})
@needs(Right.TRADE, takes_limited_keys=False)
def discard_import(request: HttpRequest, import_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        operations.discard(tenant_id=who.tenant_id, import_id=import_id)
    return Status(204, None)


def _shown(row: Import) -> shown.Import:
    summary: dict[str, Any] = row.summary
    conflicts = [{**conflict, "ticket": str(conflict["ticket"])} for conflict in summary["conflicts"]]
    return shown.Import.model_validate(
        {name: summary[name] for name in _SUMMARISED}
        | {
            "id": row.id,
            "account_id": row.account_id,
            "account_label": row.account.label,
            "file_name": row.file_name,
            "format": row.format,
            "format_label": formats.label_of(row.format),
            "state": row.state,
            "timezone": row.timezone,
            "conflicts": conflicts,
            "since": summary["from"],
            "until": summary["to"],
            "requested_by": row.requested_by,
            "created_at": row.created_at,
            "finished_at": row.finished_at,
        }
    )
