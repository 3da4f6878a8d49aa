"""The record of who did what: read, export, verify. A tenant's own, and the platform's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query, Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.audit import queries, verifying
from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console import files
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.api.exports import streamed
from metafleet.hub.console.schemas import audit as shown
from metafleet.hub.fleet import receipts
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope

router = Router(by_alias=True)

_COLUMNS = (
    "sequence", "at", "actor", "action", "subject", "subject_id", "via", "address", "user_agent",
    "request_id", "changes", "detail", "previous_hash", "hash",
)  # fmt: skip
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
_FILE_ANSWER = {
    "responses": {
        200: {"content": {kind.split(";")[0]: {"schema": {"type": "string"}} for kind in _TYPES.values()}}
    }
}
_LIMIT = QueryParam(100, ge=1, le=500)
Form = Literal["csv", "jsonl"]


@router.get("/audit", response=list[shown.AuditEntry])
@needs(Right.READ, takes_limited_keys=False)
def audit_entries(
    request: HttpRequest, chosen: Query[shown.AuditChosen], limit: int = _LIMIT, after: UUID | None = None
) -> list[shown.AuditEntry]:
    """The newest entries, or those older than the entry `after`: all that concerns the tenant."""
    return _entries(actor(request).tenant_id, chosen, limit, after)


@router.get("/audit/choices", response=shown.AuditChoices)
@needs(Right.READ, takes_limited_keys=False)
def audit_choices(request: HttpRequest) -> shown.AuditChoices:
    return _choices(actor(request).tenant_id)


@router.get("/audit/verification", response=shown.AuditVerdict)
@needs(Right.READ, takes_limited_keys=False)
def verify_audit(request: HttpRequest) -> shown.AuditVerdict:
    """Walk the whole chain. `checkpoint` is the newest that was signed: keep it elsewhere."""
    return _verdict(actor(request).tenant_id)


@router.get("/audit/export", openapi_extra=_FILE_ANSWER)
@needs(Right.READ, takes_limited_keys=False)
def export_audit(
    request: HttpRequest,
    chosen: Query[shown.AuditChosen],
    format: Form = "csv",  # noqa: A002 - the address's word
) -> HttpResponseBase:
    """All chosen entries, newest first. JSON lines hold `sealed`: the very text whose SHA-256 is `hash`."""
    return _export(request, actor(request).tenant_id, chosen, format)


@router.get("/operator/audit", response=list[shown.AuditEntry])
@needs(Right.AUDIT)
def platform_audit_entries(
    request: HttpRequest, chosen: Query[shown.AuditChosen], limit: int = _LIMIT, after: UUID | None = None
) -> list[shown.AuditEntry]:
    """The platform's own record: what operators and the vault did, whoever's tenant it concerned."""
    return _entries(PLATFORM, chosen, limit, after)


@router.get("/operator/audit/choices", response=shown.AuditChoices)
@needs(Right.AUDIT)
def platform_audit_choices(request: HttpRequest) -> shown.AuditChoices:
    return _choices(PLATFORM)


@router.get("/operator/audit/verification", response=shown.AuditVerdict)
@needs(Right.AUDIT)
def verify_platform_audit(request: HttpRequest) -> shown.AuditVerdict:
    return _verdict(PLATFORM)


@router.get("/operator/audit/export", openapi_extra=_FILE_ANSWER)
@needs(Right.AUDIT)
def export_platform_audit(
    request: HttpRequest,
    chosen: Query[shown.AuditChosen],
    format: Form = "csv",  # noqa: A002 - the address's word
) -> HttpResponseBase:
    return _export(request, PLATFORM, chosen, format)


def _entries(
    tenant_id: UUID, chosen: shown.AuditChosen, limit: int, after: UUID | None
) -> list[shown.AuditEntry]:
    with tenant_scope(tenant_id):
        found = queries.newest_entries(tenant_id=tenant_id, limit=limit, wanted=_wanted(chosen), after=after)
        return [_entry(row) for row in found]


def _choices(tenant_id: UUID) -> shown.AuditChoices:
    with tenant_scope(tenant_id):
        return shown.AuditChoices(
            people=queries.people(tenant_id=tenant_id), actions=queries.actions(tenant_id=tenant_id)
        )


def _verdict(tenant_id: UUID) -> shown.AuditVerdict:
    with tenant_scope(tenant_id):
        found = verifying.verify(tenant_id=tenant_id, check=receipts.is_ours)
        newest = queries.newest_checkpoint(tenant_id=tenant_id)
    return shown.AuditVerdict(
        is_whole=found.is_whole,
        entries=found.entries,
        first=found.first,
        last=found.last,
        hash=found.hash.hex(),
        checkpoints=found.checkpoints,
        troubles=[shown.AuditTrouble.model_validate(trouble) for trouble in found.troubles],
        checkpoint=shown.Checkpoint.model_validate(newest.document) if newest else None,
    )


def _export(request: HttpRequest, tenant_id: UUID, chosen: shown.AuditChosen, form: Form) -> HttpResponseBase:
    pages = queries.pages(tenant_id=tenant_id, wanted=_wanted(chosen))
    made: dict[Form, Callable[[], Iterator[bytes]]] = {
        "csv": lambda: files.csv_pages(_COLUMNS, ([_row(row) for row in page] for page in pages)),
        "jsonl": lambda: files.json_lines([_line(row) for row in page] for page in pages),
    }
    return streamed(request, made[form](), _TYPES[form], f"metafleet-activity.{form}")


def _wanted(chosen: shown.AuditChosen) -> queries.Wanted:
    return queries.Wanted(
        actor=chosen.actor,
        action=chosen.action,
        subject_id=chosen.subject,
        since=chosen.since,
        until=chosen.until,
        text=chosen.q,
    )


def _entry(row: AuditEntry) -> shown.AuditEntry:
    return shown.AuditEntry(
        id=row.id,
        sequence=row.sequence,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        subject_id=row.subject_id,
        detail=row.detail,
        changes=row.changes,
        origin=row.origin,
        hash=_hex(row.hash),
    )


def _row(row: AuditEntry) -> files.Row:
    return {
        "sequence": row.sequence,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "subject_id": row.subject_id,
        "via": row.origin.get("via"),
        "address": row.origin.get("address"),
        "user_agent": row.origin.get("userAgent"),
        "request_id": row.origin.get("requestId"),
        "changes": files.as_json(row.changes),
        "detail": files.as_json(row.detail),
        "previous_hash": _hex(row.previous_hash),
        "hash": _hex(row.hash),
    }


def _line(row: AuditEntry) -> dict[str, Any]:
    return _entry(row).model_dump(mode="json", by_alias=True) | {
        "previousHash": _hex(row.previous_hash),
        "sealed": row.sealed,  # type: ignore[attr-defined] # of `queries.pages`
    }


def _hex(value: bytes | memoryview | None) -> str | None:
    return None if value is None else bytes(value).hex()
