"""Why the fleet says no."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.hub.billing.plans import Plan
from metafleet.hub.kernel.errors import Fault, Malformed, Refused


class PlanLimitReached(Refused):
    """One more would be more than the plan allows."""

    def __init__(self, plan: Plan, what: str, limit: int, found: int, way_out: str) -> None:
        super().__init__(f"The {plan.name} plan allows {limit} {what}, and you have {found}. {way_out}")


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


class PlatformUnwatched(Malformed):
    """A host agent cannot look into a terminal of this platform."""

    def __init__(self, account: str) -> None:
        super().__init__(
            Fault(
                "/accountIds",
                f"{account} is a MetaTrader 4 account, which no host agent can watch. Leave it out, and "
                "connect its terminal by the EA instead.",
            )
        )


class WrongState(Refused):
    """The instance is in a state in which this cannot be asked of it."""


class NotIsolated(Refused):
    """The EA was uploaded, and nothing here could fence it in."""


class PauseStands(Refused):
    """Somebody's pause is not for whoever tried to lift it."""


class AccountTaken(Refused):
    def __init__(self, login: int, server: str) -> None:
        super().__init__(f"Account {login} at {server} is connected already.")


class AccountInUse(Refused):
    def __init__(self, label: str) -> None:
        super().__init__(
            f"EAs on {label} have not stopped yet. Stop them and wait until they have, "
            "then remove the account."
        )


class PairingRefused(Refused):
    """The code lets nobody in: unknown, used, expired."""

    status = 401


class PairingMismatch(Refused):
    """The terminal is signed in to another account than the code is for; the code stays usable.

    Whose code it is stays unsaid: whoever guessed it learns nothing.
    """

    def __init__(self, differing: list[str], said: Mapping[str, object]) -> None:
        words = " and ".join(f"{name} {said[name]}" for name in differing)
        super().__init__(
            f"This pairing code is for another account: {words} is not the account's. "
            "Sign in to the right account in the terminal, then use the code again.",
            faults=tuple(Fault(f"/{name}", f"{said[name]} is not the account's.") for name in differing),
        )


class TerminalHosted(Refused):
    """A hosted runner gets its tokens from the platform itself."""

    def __init__(self) -> None:
        super().__init__(
            "This terminal is a hosted EA's and pairs itself. Stop the EA to end its access, "
            "or add a terminal of your own."
        )


class TerminalInUse(Refused):
    """Something still hangs on the terminal."""


class TooManyTerminals(Refused):
    def __init__(self, account: str, limit: int) -> None:
        super().__init__(
            f"{account} has room for {limit} terminals of your own. Pair one of them anew, or remove one."
        )


class NoTerminal(Refused):
    """Nothing could carry the command out."""


class CommandUnknown(Refused):
    """The id that the client made for its command is another command's."""

    def __init__(self) -> None:
        super().__init__(
            "This id belongs to another command. Send the command with a new id.",
            faults=(Fault("/id", "It belongs to another command."),),
        )


class CommandFinal(Refused):
    """What became of the command leaves no room for this."""


class RolloutUnderWay(Refused):
    """One rollout of an EA at a time: two would move the same instances against each other."""

    def __init__(self, template: str) -> None:
        super().__init__(
            f"A version of {template} is being rolled out already. Wait until that has ended, or stop it."
        )


class NothingToMove(Refused):
    """No EA could be given the version."""
