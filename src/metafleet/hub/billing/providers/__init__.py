"""Who is asked for money: METAFLEET_BILLING says which provider."""

from __future__ import annotations

from django.conf import settings

from metafleet.hub.billing.providers.contract import Provider
from metafleet.hub.billing.providers.manual import Manual


def provider() -> Provider:
    """Return the provider that sells plans on this server."""
    if settings.BILLING == "stripe":
        # The library is loaded by the processes that sell, not by every worker.
        from metafleet.hub.billing.providers.stripe import from_settings

        return from_settings()
    return Manual()
