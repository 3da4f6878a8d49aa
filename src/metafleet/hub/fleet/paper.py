"""Ask the paper broker: open an account, or sign in to one and read its facts."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.errors import BrokerUnavailable, LoginRefused
from metafleet.engine.broker.records import AccountInfo
from metafleet.hub.fleet.accounts import AccountFacts
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.kernel.secrets import Secret

_TIMEOUT_S = 5.0


class BrokerAway(Refused):
    """The broker does not answer just now; nothing was changed."""

    status = 503

    def __init__(self) -> None:
        super().__init__("The paper broker does not answer. It restarts by itself; try again in a moment.")


class CredentialsRefused(Malformed):
    def __init__(self, login: int, server: str) -> None:
        super().__init__(Fault("/password", f"The broker {server} refused this password for login {login}."))


def open_account(*, name: str, password: Secret, deposit: Decimal, leverage: int) -> AccountFacts:
    """Have a new paper account opened. Raises BrokerAway."""
    try:
        with _client() as broker:
            info = broker.open_account(
                settings.BROKER_ADMIN_KEY,
                name=name,
                password=password.reveal(),
                deposit=deposit,
                leverage=leverage,
            )
    except (BrokerUnavailable, OSError) as error:
        raise BrokerAway from error
    return _facts(info)


def sign_in(*, login: int, password: Secret, server: str) -> AccountFacts:
    """Return the facts of an account that lets us in. Raises CredentialsRefused, BrokerAway."""
    try:
        with _client() as broker:
            info = broker.login(login, password.reveal(), server)
    except LoginRefused as error:
        raise CredentialsRefused(login, server) from error
    except (BrokerUnavailable, OSError) as error:
        raise BrokerAway from error
    return _facts(info)


def _client() -> BrokerClient:
    return BrokerClient(settings.BROKER_HOST, settings.BROKER_PORT, timeout_s=_TIMEOUT_S)


def _facts(info: AccountInfo) -> AccountFacts:
    return AccountFacts(
        login=info.login,
        server=info.server,
        currency=info.currency,
        leverage=info.leverage,
        margin_mode=info.margin_mode,
        balance=info.balance,
        equity=info.equity,
        margin=info.margin,
        free_margin=info.margin_free,
    )
