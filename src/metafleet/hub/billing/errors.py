"""Why billing says no."""

from __future__ import annotations

from metafleet.hub.kernel.errors import Refused


class SubscriptionEnded(Refused):
    """Nothing runs without a plan."""

    def __init__(self) -> None:
        super().__init__("Your subscription has ended. Choose a plan on the Plan page, then try again.")


class NotForSale(Refused):
    """Plans are set by the operator here."""

    def __init__(self) -> None:
        super().__init__("The operator of this server sets plans. Ask them for the one that you want.")


class PaysAlready(Refused):
    """A second subscription would be charged beside the first."""

    def __init__(self, way_out: str) -> None:
        super().__init__(f"A subscription at Stripe pays for this desk already. {way_out}")


class NothingToManage(Refused):
    """There is no customer at the provider yet."""

    def __init__(self) -> None:
        super().__init__("This desk has paid for no plan yet. Choose one first.")


class ProviderFailed(Refused):
    """The payment provider could not be asked. `permanent`: trying again will not help."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.status = 502 if permanent else 503


class EventRefused(Refused):
    """A call to the webhook that the provider has not signed, or that no provider sends."""

    status = 400


class EventNotPlaced(Refused):
    """An event that cannot be followed yet: it is refused, so that the provider sends it again."""

    status = 409
