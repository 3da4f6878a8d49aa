"""The simulator's rows go, whatever the installation's own tasks have written for its tenant."""

from __future__ import annotations

import pytest

from metafleet.cli.simulator import rows
from metafleet.hub.advisor.models import Recommendation, RecommendationScore
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, known
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, sign_up

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=("default", "owner")),
    pytest.mark.usefixtures("catalogue"),
]


def test_a_tenant_that_was_advised_is_removed_whole(alice: Person) -> None:
    other = sign_up("other@example.com")
    connect(alice)
    advise(alice, known(candidate("mean-reversion")))
    with tenant_scope(alice.tenant_id):
        RecommendationScore.objects.create(
            tenant_id=alice.tenant_id,
            recommendation=Recommendation.objects.get(),
            days=7,
            trades=1,
            won=1,
            net=1,
            fall=0,
            source="made up",
            scored_at=NOW,
        )
    assert rows.remove(alice.tenant_id) > 0
    with tenant_scope(alice.tenant_id):
        assert not Recommendation.objects.exists()
    assert not Tenant.objects.using("owner").filter(id=alice.tenant_id).exists()
    assert Tenant.objects.using("owner").filter(id=other.tenant_id).exists()
