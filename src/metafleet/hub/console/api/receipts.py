"""Deployment receipts: taken along as a file, and verified by whoever holds one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.console import schemas
from metafleet.hub.console.access import actor, needs
from metafleet.hub.fleet import queries, receipts
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/instances/{uuid:instance_id}/receipt", response=dict)
@needs(Right.READ)
def download_receipt(
    request: HttpRequest,
    instance_id: UUID,
    generation: int | None = QueryParam(None, ge=0, le=2**31 - 1),
) -> JsonResponse:
    """The receipt of the EA instance's run of this generation, or its newest, signed, as a file."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = queries.instances(tenant_id=who.tenant_id).filter(id=instance_id).first()
        receipt = queries.newest_receipt(instance=row, generation=generation) if row else None
    if receipt is None:
        raise NotFound("receipt")
    response = JsonResponse(receipt.document, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = (
        f'attachment; filename="metafleet-receipt-{instance_id}-{receipt.document["generation"]}.json"'
    )
    return response


@router.post("/receipts/verify", response=schemas.ReceiptVerdict)
@needs(Right.READ)
def verify_receipt(request: HttpRequest, form: schemas.ReceiptCheck) -> schemas.ReceiptVerdict:
    """Say whether this installation signed the receipt, and nothing in it was changed since."""
    actor(request)
    try:
        key_id = receipts.verify(form.receipt)
    except receipts.SignatureWrong as error:
        return schemas.ReceiptVerdict(is_genuine=False, key_id=None, detail=str(error))
    return schemas.ReceiptVerdict(
        is_genuine=True, key_id=key_id, detail="The receipt is as this installation signed it."
    )


@router.get("/receipts/keys", response=dict[str, str])
@needs(Right.READ)
def receipt_keys(request: HttpRequest) -> dict[str, str]:
    """The public keys (Ed25519, base64 of 32 bytes) by id, to verify receipts without this installation."""
    actor(request)
    return receipts.public_keys()
