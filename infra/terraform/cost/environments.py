"""What an environment has, as its own sources say it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.terraform.check.configuration import read
from infra.terraform.check.expressions import UNKNOWN, Value, literal
from infra.terraform.cost.prices import Prices

TERRAFORM = Path(__file__).parents[1]
ENVIRONMENTS = ("dev", "staging", "production")

_FIXED_ALARMS = 14
"""Of load balancer, database and dead events; failures and health of web and gateway in both colours."""
_ALARMS_OF_A_SERVICE = 2
_MANAGED_RULES = 3
_KEYS = 2
_ZONES = 2
_NIGHTS = 30
_RESTORE_HOURS = 1
"""From the restore until it is read and deleted; a large database takes longer."""


@dataclass(frozen=True, slots=True)
class Line:
    """what: the table's row; usd: a month, with as many machines and tasks as there are at least."""

    what: str
    usd: Decimal


def lines(environment: str, prices: Prices) -> list[Line]:
    """Raises NoSuchPrice."""
    sizes = _sizes(environment)
    return [
        Line("services on Fargate", _services(sizes, prices)),
        Line("database", _database(sizes["database"], prices)),
        Line("cache", prices.month(sizes["cache"]["node_type"]) * (sizes["cache"]["replicas"] + 1)),
        Line("machines for EAs, Linux", _hosts("linux", sizes["linux_hosts"], prices)),
        Line("machines for MetaTrader, Windows", _hosts("windows", sizes.get("windows_hosts"), prices)),
        Line("ways out (NAT)", _ways_out(sizes["nat"], prices)),
        Line(
            "ways to AWS itself (endpoints)", prices.month("endpoint_hour") * len(sizes["endpoints"]) * _ZONES
        ),
        Line("load balancer", _load_balancer(prices)),
        Line("firewalls", _firewalls(sizes, prices)),
        Line("restoring a backup each night, cost report", _nightly(sizes["database"], prices)),
        Line("keys, secrets, alarms, dashboard", _small(sizes, prices)),
    ]


def _sizes(environment: str) -> dict[str, Any]:
    module = read(TERRAFORM / "environments" / environment).of("module")["installation"]
    return {name: _plain(value) for name, value in module.body.items() if not name.startswith("__")}


def _plain(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    found = literal(value)
    return None if found is UNKNOWN or value == "${null}" else found


def _services(sizes: dict[str, Any], prices: Prices) -> Decimal:
    total = Decimal(0)
    for size in sizes["services"].values():
        cpu = prices.month("fargate_vcpu_hour") * size["cpu"] / 1024
        memory = prices.month("fargate_gb_hour") * size["memory"] / 1024
        share = prices.of("fargate_spot_share") if sizes["spot"] else 1
        address = prices.month("public_ipv4_hour") if sizes["nat"] == "none" else 0
        total += ((cpu + memory) * share + address) * size["least"]
    return total


def _database(size: dict[str, Any], prices: Prices) -> Decimal:
    instances = (2 if size["multi_az"] else 1) + size["replicas"]
    one = prices.month(size["class"]) + prices.of("database_gb_month") * size["storage_gb"]
    return Decimal(one * instances)


def _hosts(system: str, size: dict[str, Any] | None, prices: Prices) -> Decimal:
    if not size:
        return Decimal(0)
    one = prices.month(f"{system} {size['type']}") + prices.of("disk_gb_month") * size["disk_gb"]
    return Decimal(one * size["least"])


def _ways_out(nat: str, prices: Prices) -> Decimal:
    gateways = {"none": 0, "one": 1, "per_zone": 2}[nat]
    return (prices.month("nat_hour") + prices.month("public_ipv4_hour")) * gateways


def _load_balancer(prices: Prices) -> Decimal:
    """With one unit of capacity, and an address in each of two zones."""
    hourly = ("load_balancer_hour", "load_balancer_unit_hour", "public_ipv4_hour", "public_ipv4_hour")
    return sum((prices.month(each) for each in hourly), Decimal(0))


def _firewalls(sizes: dict[str, Any], prices: Prices) -> Decimal:
    """One before the load balancer; with CloudFront one before that too, which has the limit of addresses."""
    if not sizes["firewall"]:
        return Decimal(0)
    walls = 2 if sizes["edge"] else 1
    rules = _MANAGED_RULES * walls + 1
    return prices.of("firewall_month") * walls + prices.of("firewall_rule_month") * rules


def _nightly(size: dict[str, Any], prices: Prices) -> Decimal:
    """An hour of the database's class with its storage, and a question to Cost Explorer."""
    hour = prices.of(size["class"]) + prices.of("database_gb_month") * size["storage_gb"] / prices.hours
    return Decimal((hour * _RESTORE_HOURS + prices.of("cost_explorer_request")) * _NIGHTS)


def _small(sizes: dict[str, Any], prices: Prices) -> Decimal:
    secrets = read(TERRAFORM / "modules/secrets").of("variable")["settings"].body["default"]
    fleets = 2 if sizes.get("windows_hosts") else 1
    alarms = _FIXED_ALARMS + _ALARMS_OF_A_SERVICE * len(sizes["services"]) + fleets
    return (
        prices.of("key_month") * _KEYS
        + prices.of("secret_month") * (len(secrets) + 1)  # and the one in which RDS keeps its owner's
        + prices.of("alarm_month") * alarms
        + prices.of("dashboard_month")
    )
