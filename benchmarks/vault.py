"""What the vault and the record of deeds cost.

Passwords opened a second: with the data keys kept open, and unwrapped each time, by the keyring and by a KMS
(moto's, over HTTP on this machine: Amazon's own is further away). Deeds recorded, a commit each, with the
chain and without its trigger. Medians; each line's two sides take turns.
"""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest

from benchmarks.gateway import _stage

ROUNDS, TIMES = 8, 50
_SWITCH = "ALTER TABLE audit_auditentry {} TRIGGER audit_link"


def main() -> None:
    with _stage():
        from metafleet.hub.kernel.secrets import Secret
        from metafleet.hub.kernel.tenancy import tenant_scope
        from metafleet.hub.vault import operations as vault

        tenant_id = _tenant()
        owners = [uuid4() for _ in range(10)]
        for name in ("keyring", "KMS"):
            with _provider(name), tenant_scope(tenant_id):
                for owner in owners:
                    vault.forget(tenant_id=tenant_id, owner_id=owner)
                    vault.seal(tenant_id=tenant_id, owner_id=owner, field="password", secret=Secret("x" * 20))
                _opens(name, tenant_id, owners)
        _deeds(tenant_id)


def _opens(name: str, tenant_id: UUID, owners: list[UUID]) -> None:
    from metafleet.hub.vault import operations as vault

    def open_all() -> None:
        for owner in owners:
            vault.open_secret(tenant_id=tenant_id, owner_id=owner, field="password")

    def open_afresh() -> None:
        for owner in owners:
            vault._opened.clear()
            vault.open_secret(tenant_id=tenant_id, owner_id=owner, field="password")

    times = TIMES if name == "keyring" else 3
    kept, afresh = _turns(open_all, open_afresh, times)
    each = len(owners)
    print(f"    opened by the {name:8} {each / kept:7.0f}/s kept, {each / afresh:7.0f}/s unwrapped: ", end="")
    print(f"{afresh / kept:.1f} times")


def _deeds(tenant_id: UUID) -> None:
    from django.db import connections

    from metafleet.hub.audit import operations as audit
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import tenant_scope

    def switch(word: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(_SWITCH.format(word))

    def deed() -> None:
        with tenant_scope(tenant_id):
            audit.record(
                tenant_id=tenant_id, actor="b", action="a.b", subject="s", subject_id=None, now=clock.now()
            )

    chained: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        for word, took in (("ENABLE", chained), ("DISABLE", bare)):
            switch(word)
            took += [_time(deed) for _ in range(TIMES)]
    switch("ENABLE")
    with_it, without = statistics.median(chained), statistics.median(bare)
    print(
        f"    a deed recorded      {with_it * 1e3:5.2f} ms chained, {without * 1e3:5.2f} ms without: ", end=""
    )
    print(f"{with_it / without:.2f} times")


def _turns(one: Callable[[], None], other: Callable[[], None], times: int) -> tuple[float, float]:
    took: tuple[list[float], list[float]] = ([], [])
    one()
    for _ in range(ROUNDS):
        for work, spent in zip((one, other), took, strict=True):
            spent += [_time(work) for _ in range(times)]
    return statistics.median(took[0]), statistics.median(took[1])


def _time(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _tenant() -> UUID:
    from metafleet.hub.identity.models import Tenant
    from metafleet.hub.kernel.tenancy import tenant_scope

    tenant_id = uuid4()
    with tenant_scope(tenant_id):
        Tenant.objects.create(id=tenant_id, name="Benchmark")
    return tenant_id


@contextmanager
def _provider(name: str) -> Iterator[None]:
    from django.test import override_settings

    from metafleet.hub.vault.tests.amazon import make_key, running_amazon

    if name == "keyring":
        yield
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with (
        pytest.MonkeyPatch.context() as environment,
        running_amazon(environment),
        override_settings(VAULT_PROVIDER="aws-kms", VAULT_KMS_KEY=make_key("benchmark")),
    ):
        yield


if __name__ == "__main__":
    os.environ.setdefault("METAFLEET_LOG_LEVEL", "ERROR")
    main()
