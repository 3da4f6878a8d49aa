"""What is judged by the clock rather than by what comes: silence, machines, spreads, results, and so on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from metafleet.hub.kernel.tenancy import PLATFORM
from metafleet.hub.monitor.judge import sight
from metafleet.hub.monitor.judge.bench import Batch, Bench
from metafleet.hub.monitor.judge.news import Subject
from metafleet.hub.monitor.models import Scope
from metafleet.hub.monitor.rules.contract import (
    HostLook,
    ModelLook,
    PlatformLook,
    ResultsLook,
    SilenceLook,
    SpreadLook,
    TenantLook,
)
from metafleet.hub.monitor.rules.heartbeat_late import HeartbeatLate


def batches(bench: Bench, now: datetime) -> Iterator[Batch]:
    """Yield what is news of silence and of machines. In an operator's scope."""
    yield from _silent(bench, now)
    yield from _machines(bench, now)
    yield from _spreads(bench, now)
    yield from _platform(bench, now)


def slow_batches(bench: Bench, now: datetime) -> Iterator[Batch]:
    """Yield what is news of EAs' results and of failed items. In an operator's scope."""
    yield from _results(bench, now)
    yield from _tenants(bench, now)
    tenants = bench.book.tenants_of("models")
    looks = bench.models() if tenants else ()
    yield from _models(bench, tenants, looks, now)
    keys = bench.standings.remembered()
    there = sight.there({subject for _, subject in keys}) | {PLATFORM, *(look.version_id for look in looks)}
    yield from bench.gone(key for key in keys if key[1] not in there)


def _silent(bench: Bench, now: datetime) -> Iterator[Batch]:
    """Accounts that are silent for as long as some rule minds, and those that were."""
    rules = list(bench.book.all_of(HeartbeatLate))
    if not rules:
        return
    soonest = min(rule.kind.after_s for rule in rules if isinstance(rule.kind, HeartbeatLate))
    firing = bench.standings.firing({rule.id for rule in rules})
    found_ids = set()
    for seen in sight.silent(
        since=now - timedelta(seconds=soonest), and_also={subject for _, subject in firing}
    ):
        found_ids.add(seen.id)
        subject = bench.account(seen.tenant_id, seen.id, seen.label, seen.group_id)
        found = bench.judge("silence", subject, SilenceLook(seen.id, seen.label, seen.heard_at), now)
        if found:
            yield Batch(subject, found)
    # Nobody expects to hear of these: their terminals were revoked, their EAs stopped.
    yield from bench.gone(key for key in firing if key[1] not in found_ids)


def _machines(bench: Bench, now: datetime) -> Iterator[Batch]:
    for seen in sight.machines():
        subject = Subject(seen.tenant_id, Scope.HOST, seen.id, seen.label)
        look = HostLook(
            host_id=seen.id,
            label=seen.label,
            at=now,
            heard_at=seen.heard_at,
            cpu_percent=seen.cpu_percent,
            memory_percent=seen.memory_percent,
            disk_percent=seen.disk_percent,
        )
        found = bench.judge("host", subject, look, now)
        if found:
            yield Batch(subject, found)


def _spreads(bench: Bench, now: datetime) -> Iterator[Batch]:
    tenants = bench.book.tenants_of("spread")
    for seen in sight.spreads(tenants) if tenants else ():
        subject = _of_instance(bench, seen.instance)
        look = SpreadLook(seen.symbol, seen.points, seen.normal, seen.samples)
        found = bench.judge("spread", subject, look, now)
        if found:
            yield Batch(subject, found)


def _results(bench: Bench, now: datetime) -> Iterator[Batch]:
    tenants = bench.book.tenants_of("results")
    for instance, currency, results in sight.results(tenants) if tenants else ():
        subject = _of_instance(bench, instance)
        found = bench.judge("results", subject, ResultsLook(currency, results), now)
        if found:
            yield Batch(subject, found)


def _tenants(bench: Bench, now: datetime) -> Iterator[Batch]:
    tenants = bench.book.tenants_of("tenant")
    for tenant_id, failed_at in sight.failed(tenants, now - timedelta(days=1)) if tenants else ():
        subject = Subject(tenant_id, Scope.TENANT, tenant_id, "Failed items")
        found = bench.judge("tenant", subject, TenantLook(failed_at), now)
        if found:
            yield Batch(subject, found)


def _platform(bench: Bench, now: datetime) -> Iterator[Batch]:
    tenants = bench.book.tenants_of("platform")
    if not tenants:
        return
    look = PlatformLook(*sight.connections(), verified_of=sight.verified_backup())
    for tenant_id in tenants:
        subject = Subject(tenant_id, Scope.TENANT, PLATFORM, "Database")
        found = bench.judge("platform", subject, look, now)
        if found:
            yield Batch(subject, found)


def _models(
    bench: Bench, tenants: Sequence[UUID], looks: Sequence[ModelLook], now: datetime
) -> Iterator[Batch]:
    for tenant_id in tenants:
        for look in looks:
            subject = Subject(tenant_id, Scope.TENANT, look.version_id, look.label)
            found = bench.judge("models", subject, look, now)
            if found:
                yield Batch(subject, found)


def _of_instance(bench: Bench, seen: sight.InstanceSight) -> Subject:
    account = bench.account(seen.tenant_id, seen.account_id, seen.name, seen.group_id)
    return Subject(
        seen.tenant_id,
        Scope.INSTANCE,
        seen.id,
        seen.name,
        seen.account_id,
        account.within | {seen.account_id},
    )
