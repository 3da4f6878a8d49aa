"""Rows and results as the console shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.console import schemas
from metafleet.hub.fleet import addressees, commands, history, pauses, truths
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import (
    AccountState,
    Command,
    DesiredState,
    EAInstance,
    Platform,
    Receipt,
    RolloutState,
    Run,
    Terminal,
    TradingAccount,
)
from metafleet.hub.fleet.queries import Signs
from metafleet.hub.fleet.rollouts import queries as rollouts
from metafleet.hub.identity.models import Role, Tenant, User
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import trades
from metafleet.hub.journal.models import FailedItem, Position, Trade
from metafleet.hub.journal.queries import Result
from metafleet.hub.journal.reviews import Said


def plan(row: Plan) -> schemas.Plan:
    return schemas.Plan.model_validate(row)


def me(user: User, role: Role, tenant_id: UUID, rights: Iterable[Right]) -> schemas.Me:
    tenant = Tenant.objects.get(id=tenant_id)
    current = billing.plan_of(tenant_id=tenant_id)
    instances, active = allowances(tenant_id, current)
    return schemas.Me(
        email=user.email,
        is_operator=user.is_operator,
        rights=sorted(rights),
        role=role.value,  # type: ignore[arg-type]
        tenant_id=tenant_id,
        tenant_name=tenant.name,
        plan=plan(current),
        instances=instances,
        active=active,
    )


def allowances(tenant_id: UUID, current: Plan) -> tuple[schemas.Allowance, schemas.Allowance]:
    existing, active = fleet.places_used(tenant_id=tenant_id)
    return (
        schemas.Allowance(limit=current.instance_limit, used=existing),
        schemas.Allowance(limit=current.active_limit, used=active),
    )


def account(
    row: TradingAccount, made: Result, now: datetime, signs: Signs | None = None, failed_items: int = 0
) -> schemas.Account:
    """Show an account. signs: what its terminals say of it, without which its truths are unknown."""
    state, signs = _state(row), signs or Signs()
    trust, heard_at = truths.account_telemetry(signs.voices, now)
    link = truths.broker_link(signs.voices, now)
    return schemas.Account(
        id=row.id,
        label=row.label,
        platform=row.platform,  # type: ignore[arg-type]
        login=row.login,
        server=row.server,
        currency=row.currency,
        leverage=row.leverage,
        margin_mode=row.margin_mode,  # type: ignore[arg-type]
        balance=_number(state.balance if state else None),
        equity=_number(state.equity if state else None),
        margin=_number(state.margin if state else None),
        free_margin=_number(state.free_margin if state else None),
        day_profit=float(made.today + made.floating),
        open_positions=made.open_positions,
        telemetry=trust,
        heartbeat_at=heard_at,
        instance_count=getattr(row, "instance_count", 0),
        created_at=row.created_at,
        server_timezone=row.server_timezone,
        own_terminal=row.platform != Platform.PAPER,
        trading=schemas.Trading(state=truths.trading(signs.voices, signs.wanted, now), since=None),
        broker_link=schemas.BrokerLink(state=link.state, at=link.at),
        troubles=signs.troubles,
        failed_items=failed_items,
    )


def terminal(row: Terminal, now: datetime) -> schemas.Terminal:
    """Show a terminal that came with its account, EA and troubles."""
    return schemas.Terminal(
        id=row.id,
        account_id=row.account_id,
        account_label=row.account.label,
        login=row.account.login,
        server=row.account.server,
        label=row.label or (row.instance.name if row.instance else ""),
        platform=row.platform,  # type: ignore[arg-type]
        hosted=row.instance_id is not None,
        instance_id=row.instance_id,
        instance_name=row.instance.name if row.instance else None,
        enrolled_at=row.enrolled_at,
        heartbeat_at=row.heartbeat_at,
        telemetry=truths.telemetry(row.heartbeat_at, now, addressees.voice(row).interval_s),
        linked_at=row.linked_at,
        trade_allowed=row.trade_allowed,
        protocol=row.protocol,
        build=row.build,
        version=row.version,
        utc_offset_s=row.utc_offset_s,
        revoked_at=row.revoked_at,
        created_at=row.created_at,
        troubles=[schemas.Trouble.model_validate(trouble) for trouble in row.troubles.all()],
    )


def template(row: EATemplate, version: EAVersion, current: Plan) -> schemas.Template:
    return schemas.Template(
        id=row.id,
        slug=row.slug,
        name=row.name,
        summary=row.summary,
        description=row.description,
        risk_note=row.risk_note,
        category=row.category,
        timeframe=row.timeframe,
        symbols=row.symbols,
        cpu=float(row.cpu),
        memory_mb=row.memory_mb,
        required_plan=row.required_plan,  # type: ignore[arg-type]
        allowed=PLANS[PlanCode(row.required_plan)].rank <= current.rank,
        version=schemas.TemplateVersion.model_validate(version),
    )


def instance(row: EAInstance, made: Result, now: datetime) -> schemas.Instance:
    return schemas.Instance.model_validate(_instance_fields(row, made, now))


def instance_detail(row: EAInstance, made: Result, now: datetime) -> schemas.InstanceDetail:
    newest = fleet.newest_receipt(instance=row)
    return schemas.InstanceDetail.model_validate(
        _instance_fields(row, made, now)
        | {
            "timeframe": str(row.inputs.get("timeframe") or row.template.timeframe),
            "changelog": row.version.changelog,
            "upgrade": _upgrade(row),
            "inputs": row.inputs,
            "input_schema": row.version.input_schema,
            "receipt": receipt(newest, row) if newest else None,
            "runs": runs(fleet.newest_runs(instance=row, limit=20)),
        }
    )


def _upgrade(row: EAInstance) -> schemas.Upgrade | None:
    member = rollouts.upgrade_of(row)
    if member is None or member.moved_at is None:
        return None
    return schemas.Upgrade(
        from_version=member.before_version.version,
        to_version=member.rollout.to_version.version,
        is_canary=member.is_canary,
        is_at_work=member.proved_at is not None,
        is_returning=member.rollout.state == RolloutState.RETURNING,
        moved_at=member.moved_at,
    )


def receipt(row: Receipt, owner: EAInstance) -> schemas.Receipt:
    return schemas.Receipt.model_validate(
        {
            **row.document,
            "runId": row.run_id,
            "deployedAt": owner.created_at,
            "signedBy": row.document.get("signature", {}).get("keyId"),
        }
    )


def runs(rows: Sequence[Run]) -> list[schemas.Run]:
    """Show runs of one instance that came with their versions."""
    proved = fleet.generations_with_receipt(rows)
    return [_run(row, has_receipt=row.generation in proved) for row in rows]


def _run(row: Run, *, has_receipt: bool) -> schemas.Run:
    return schemas.Run(
        id=row.id,
        generation=row.generation,
        state=row.state,
        version=row.version.version if row.version else None,
        driver=row.driver,
        host=row.host,
        started_at=row.started_at,
        first_heartbeat_at=row.first_heartbeat_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        is_crash=history.is_crash(row),
        has_receipt=has_receipt,
        cpu_percent=row.cpu_percent,
        memory_mb=row.memory_mb,
    )


def command(row: Command) -> schemas.Command:
    """Show a command that came with its terminal and account."""
    return schemas.Command(
        id=row.id,
        type=row.type,
        payload=row.payload,
        state=row.state,  # type: ignore[arg-type]
        attempt=row.attempt,
        account_id=row.terminal.account_id,
        account_label=row.terminal.account.label,
        terminal_id=row.terminal_id,
        instance_id=row.terminal.instance_id,
        requested_by=row.requested_by,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
        can_requeue=commands.can_requeue(row),
    )


def failed_item(row: FailedItem, account_label: str) -> schemas.FailedItem:
    return schemas.FailedItem(
        id=row.id,
        account_id=row.account_id,
        account_label=account_label,
        kind=row.kind,
        item=row.item,
        reason=row.reason,
        is_ours=row.is_ours,
        attempt=row.attempt,
        due_at=row.due_at,
        created_at=row.created_at,
    )


def position(row: Position) -> schemas.Position:
    return schemas.Position.model_validate(row)


def trade(row: Trade, owning_account: TradingAccount, owner: EAInstance | None, said: Said) -> schemas.Trade:
    held = row.exited_at - row.entered_at if row.exited_at and row.entered_at else None
    worth = trades.money_per_price(row)
    return schemas.Trade(
        id=row.id,
        account_id=row.account_id,
        account_label=owning_account.label,
        instance_id=owner.id if owner else None,
        instance_name=owner.name if owner else None,
        position_id=row.position_id,
        part=row.part,
        magic=row.magic,
        symbol=row.symbol,
        side=row.side,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        volume=float(row.volume),
        entry_price=_number(row.entry_price),
        exit_price=_number(row.exit_price),
        stop_loss=_number(row.stop_loss),
        take_profit=_number(row.take_profit),
        initial_stop=_number(row.initial_stop),
        entered_at=row.entered_at,
        exited_at=row.exited_at,
        duration_s=held.total_seconds() if held else None,
        profit=float(row.profit),
        commission=float(row.commission),
        swap=float(row.swap),
        fee=float(row.fee),
        net_profit=float(row.net_profit),
        r=_number(trades.r_multiple(row)),
        mae=_number(said.mae),
        mfe=_number(said.mfe),
        mae_money=_product(said.mae, worth),
        mfe_money=_product(said.mfe, worth),
        exit_reason=row.exit_reason,
        currency=owning_account.currency,
        comment=row.comment,
        tags=list(said.tags),
        rating=said.rating,
        has_note=bool(said.note),
        screenshots=said.screenshots,
    )


def _pause(row: EAInstance) -> schemas.Pause | None:
    if row.desired_state != DesiredState.PAUSED:
        return None
    return schemas.Pause(
        mode=pauses.mode_of(row),
        by=row.paused_by,
        by_person=row.paused_by_person,
        reason=row.pause_reason,
        until=row.paused_until,
    )


def _instance_fields(row: EAInstance, made: Result, now: datetime) -> dict[str, object]:
    state = _state(row.account)
    heard_at = row.terminal.heartbeat_at
    return {
        "id": row.id,
        "name": row.name,
        "template_slug": row.template.slug,
        "template_name": row.template.name,
        "version": row.version.version,
        "is_version_withdrawn": row.version.state == VersionState.WITHDRAWN,
        "account_id": row.account_id,
        "account_label": row.account.label,
        "symbol": row.symbol,
        "currency": row.account.currency,
        "magic": row.magic,
        "desired_state": row.desired_state,
        "state": row.state,
        "status_text": row.status_text,
        "last_error": row.last_error,
        "next_attempt_at": row.next_attempt_at if row.state == "error" else None,
        "pause": _pause(row),
        "generation": row.generation,
        "equity": _number(state.equity if state else None),
        "day_profit": float(made.today + made.floating),
        "total_profit": float(made.total + made.floating),
        "floating_profit": float(made.floating),
        "open_positions": made.open_positions,
        "trade_count": made.trades,
        "telemetry": truths.telemetry(heard_at, now, addressees.voice(row.terminal).interval_s),
        "heartbeat_at": heard_at,
        "heartbeat_age_s": (now - heard_at).total_seconds() if heard_at else None,
        "created_at": row.created_at,
    }


def _state(row: TradingAccount) -> AccountState | None:
    try:
        return row.state
    except ObjectDoesNotExist:
        return None


def _product(distance: Decimal | None, worth: Decimal | None) -> float | None:
    return None if distance is None or worth is None else float(distance * worth)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
