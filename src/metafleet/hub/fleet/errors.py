"""Why the fleet says no."""

from __future__ import annotations

from metafleet.hub.billing.plans import Plan
from metafleet.hub.kernel.errors import Fault, Malformed, Refused


class PlanLimitReached(Refused):
    """One more would be more than the plan allows."""

    def __init__(self, plan: Plan, what: str, limit: int, way_out: str) -> None:
        super().__init__(f"The {plan.name} plan allows {limit} {what}, and you have {limit}. {way_out}")


class TemplateNotInPlan(Refused):
    def __init__(self, template: str, plan: Plan, required: str) -> None:
        super().__init__(
            f"{template} needs the {required} plan and you are on {plan.name}. Change the plan to deploy it."
        )


class SymbolTaken(Refused):
    """Two EAs of one account would trade the same symbol."""

    def __init__(self, symbol: str, account: str) -> None:
        detail = (
            f"An EA trades {symbol} on {account} already. Choose another symbol or account, or stop that EA."
        )
        super().__init__(detail, faults=(Fault("/symbol", detail),))


class SymbolUnknown(Malformed):
    def __init__(self, symbol: str, known: list[str]) -> None:
        super().__init__(Fault("/symbol", f"{symbol!r} is not traded by this EA. Choose {', '.join(known)}."))


class WrongState(Refused):
    """The instance is in a state in which this cannot be asked of it."""


class AccountTaken(Refused):
    def __init__(self, login: int, server: str) -> None:
        super().__init__(f"Account {login} at {server} is connected already.")


class AccountInUse(Refused):
    def __init__(self, label: str) -> None:
        super().__init__(
            f"EAs on {label} have not stopped yet. Stop them and wait until they have, "
            "then remove the account."
        )
