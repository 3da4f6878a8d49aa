"""Nothing is open to the internet but the load balancer's ports 80 and 443."""

from __future__ import annotations

from collections.abc import Iterator

from infra.terraform.check.configuration import Declaration, Module
from infra.terraform.check.expressions import literal, references, texts, unquoted

_ANYWHERE = ("0.0.0.0/0", "::/0")
_WAYS_OUT = {"aws_route", "aws_vpc_security_group_egress_rule"}
_BALANCER = "load_balancer"


def faults(module: Module) -> Iterator[str]:
    """Wherever "anywhere" is written it has to be a way out, or a door that may be open.

    So it can reach no rule by a variable's default, a local value or a module's argument either.
    """
    for each in module.declared.values():
        if each.kind == "resource" and (each.type in _WAYS_OUT or _is_door(each)):
            continue
        body = {key: part for key, part in each.body.items() if key != "egress"}
        for anywhere in _ANYWHERE:
            if any(anywhere in text for text in texts(body)):
                yield f"{each.where}: open to {anywhere}; only {_BALANCER} may be, on TCP 80 and 443"


def _is_door(each: Declaration) -> bool:
    """Whether the rule lets the internet reach the load balancer alone, on one of its ports."""
    if each.type != "aws_vpc_security_group_ingress_rule":
        return False
    group = {path[:2] for path in references(each.body.get("security_group_id"))}
    ports = {unquoted(str(literal(each.body.get(end)))) for end in ("from_port", "to_port")}
    protocol = literal(each.body.get("ip_protocol"))
    return (
        group == {("aws_security_group", _BALANCER)}
        and len(ports) == 1
        and ports <= {"80", "443"}
        and protocol == "tcp"
    )
