"""The one verb that advice leads to: run it on a paper account. It refuses every other account itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from metafleet.hub.advisor.models import Recommendation
from metafleet.hub.advisor.recommending import queries
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import operations as fleet
from metafleet.hub.fleet import queries as fleets
from metafleet.hub.fleet.models import EAInstance, Platform, TradingAccount
from metafleet.hub.kernel.errors import NotFound, Refused


class OnlyOnPaper(Refused):
    """Advice never leads to an account with real money in one step."""

    def __init__(self, account: TradingAccount) -> None:
        super().__init__(
            f"{account.label} is no paper account. A recommendation is tried on paper first; what proves "
            "itself there can be deployed anywhere, by hand."
        )


def deploy_to_paper(
    *, tenant_id: UUID, actor: str, recommendation_id: UUID, account_id: UUID, name: str, now: datetime
) -> EAInstance:
    """Deploy what was recommended, with its inputs, on a paper account.

    Raises NotFound, OnlyOnPaper, and whatever `fleet.operations.deploy` raises.
    """
    row = queries.find(tenant_id=tenant_id, recommendation_id=recommendation_id)
    account = fleets.accounts(tenant_id=tenant_id).filter(id=account_id).first()
    if account is None:
        raise NotFound("account")
    if account.platform != Platform.PAPER:
        raise OnlyOnPaper(account)
    instance = fleet.deploy(
        tenant_id=tenant_id,
        actor=actor,
        order=fleet.Order(
            template=row.version.template,
            version=row.version,
            account_id=account.id,
            symbol=row.symbol,
            name=name,
            inputs=dict(row.inputs),
        ),
        now=now,
    )
    _record(row, instance, actor, now)
    return instance


def _record(row: Recommendation, instance: EAInstance, actor: str, now: datetime) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action="recommendation.deployed",
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail={"recommendation": str(row.id), "verdict": row.verdict},
    )
