"""Resources and data sources against the provider's schema."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from infra.terraform.check import schema
from infra.terraform.check.configuration import Body, Declaration, Module
from infra.terraform.check.expressions import BLOCK, UNKNOWN, Value, is_block, literal, unquoted

_META = {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"}


def faults(module: Module) -> Iterator[str]:
    for each in module.typed():
        table = schema.table(each.kind, each.type)
        if table is None:
            yield f"{each.where}: the AWS provider has no {each.kind} '{each.type}'"
        else:
            yield from _body(table, each.body, each.where, _META)


def _body(table: schema.Table, body: Body, where: str, meta: set[str]) -> Iterator[str]:
    given = {
        unquoted(name): value
        for name, value in body.items()
        if name != "dynamic" and not name.startswith("__")
    }
    dynamic = {unquoted(name): spec for part in body.get("dynamic", []) for name, spec in part.items()}
    dynamic.pop(BLOCK, None)
    for name, spec in dynamic.items():
        given[name] = spec.get("content", [])
    for name, value in given.items():
        if name not in table:
            if name not in meta:
                yield f"{where}: no argument or block '{name}'{_meant(name, table)}"
            continue
        yield from _argument(name, table[name], value, where)
    for name, entry in table.items():
        if entry.get("required") and name not in given:
            yield f"{where}: '{name}' is required"


def _meant(name: str, table: schema.Table) -> str:
    near = get_close_matches(name, table, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _argument(name: str, entry: dict[str, Any], value: Value, where: str) -> Iterator[str]:
    if entry.get("computed"):
        yield f"{where}: '{name}' is the provider's to say, not ours"
    elif is_block(value):
        if "kind" in entry:
            yield f"{where}: '{name}' is an argument, not a block: write {name} = …"
        for part in value if "block" in entry else ():
            yield from _body(entry["block"], part, f"{where}.{name}", set())
    elif "block" in entry:
        if literal(value) is not UNKNOWN:
            yield f"{where}: '{name}' is a block, not an argument: write {name} {{ … }}"
    elif "kind" in entry:
        found = literal(value)
        if found is not UNKNOWN and found is not None and not fits(entry["kind"], found):
            yield f"{where}: '{name}' takes a {entry['kind']}, not {_shown(found)}"


def fits(kind: str, value: Value) -> bool:
    """Whether Terraform would take that constant for an argument of that kind."""
    match kind:
        case "string":
            return not isinstance(value, list | dict)
        case "number":
            return not isinstance(value, bool | list | dict) and _is_number(value)
        case "bool":
            return isinstance(value, bool) or value in ("true", "false")
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict)
    return True


def _is_number(value: Value) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _shown(value: Value) -> str:
    names = {list: "a list", dict: "a map", bool: "a truth"}
    return names.get(type(value), repr(value))


def declared_type(each: Declaration) -> str | None:
    """The kind that a variable's `type` asks for, None where it is not one of the plain ones."""
    words = str(each.body.get("type", "")).removeprefix("${").removesuffix("}")
    head = unquoted(words).partition("(")[0].strip()
    kinds = {"string": "string", "number": "number", "bool": "bool", "set": "list", "tuple": "list"}
    return {**kinds, "list": "list", "map": "map", "object": "map"}.get(head)
