"""A Stripe of our own for the tests of this app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from metafleet.hub.billing.tests.stripe_fake import FakeStripe


@pytest.fixture
def stripe_here(settings: Any) -> Iterator[FakeStripe]:
    """Plans are sold by a Stripe that runs on this machine."""
    from metafleet.hub.billing.tests import stripe_fake

    with stripe_fake.fake_stripe() as fake:
        stripe_fake.sell_by(fake, settings)
        yield fake
