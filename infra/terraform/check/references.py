"""What the files of a module say of each other, and modules of the modules that they use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from infra.terraform.check import schema
from infra.terraform.check.blocks import declared_type, fits
from infra.terraform.check.configuration import Declaration, Module, read
from infra.terraform.check.expressions import UNKNOWN, literal, references, unquoted

_MODULE_META = {"source", "version", "providers", "count", "for_each", "depends_on"}

Reference = tuple[str, ...]


def faults(module: Module) -> Iterator[str]:
    yield from _variables(module)
    uses = dict(_uses(module))
    for reference, where in uses.items():
        yield from _dangling(module, reference, where)
    for kind, word in (("variable", "var"), ("local", "local")):
        used = {reference[1] for reference in uses if reference[0] == word}
        for name, each in module.of(kind).items():
            if name not in used:
                yield f"{each.where}: nothing uses it"
    for each in module.of("module").values():
        yield from _call(module, each)


def _uses(module: Module) -> Iterator[tuple[Reference, str]]:
    """Each reference with where it stands; what a variable says of itself is no use of it."""
    for each in module.declared.values():
        if each.kind != "variable":
            for reference in references(each.body):
                yield reference, each.where
    for file, document in module.files.items():
        for kind in ("provider", "terraform", "moved", "import", "check"):
            for reference in references(document.get(kind, [])):
                yield reference, f"{file}: {kind}"


def _variables(module: Module) -> Iterator[str]:
    for each in module.of("variable").values():
        for word in ("type", "description"):
            if word not in each.body:
                yield f"{each.where}: has no {word}"
        kind, default = declared_type(each), literal(each.body.get("default"))
        if kind and default is not None and default is not UNKNOWN and not fits(kind, default):
            yield f"{each.where}: its default is no {kind}"


def _dangling(module: Module, reference: Reference, where: str) -> Iterator[str]:
    head, name, *path = reference
    match head:
        case "var" | "local":
            kind = "variable" if head == "var" else "local"
            if (kind, name) not in module.declared:
                yield f"{where}: {head}.{name} is declared nowhere in {module.folder.name}"
        case "module":
            yield from _output(module, name, path, where)
        case "data":
            yield from _attribute(module, ("data", name, *path), where)
        case _:
            yield from _attribute(module, ("resource", *reference), where)


def _attribute(module: Module, path: Reference, where: str) -> Iterator[str]:
    kind, type_, *rest = path
    spoken = ".".join(path[1:] if kind == "resource" else path)
    if not rest or (kind, type_, rest[0]) not in module.declared:
        yield f"{where}: {spoken} is declared nowhere in {module.folder.name}"
        return
    attribute = next((part for part in rest[1:] if part != "*"), None)
    table = schema.table(kind, type_)
    if attribute and table is not None and attribute not in table:
        yield f"{where}: {spoken}: {type_} has no attribute '{attribute}'"


def _output(module: Module, name: str, path: list[str], where: str) -> Iterator[str]:
    called = module.of("module").get(name)
    if called is None:
        yield f"{where}: module.{name} is declared nowhere in {module.folder.name}"
        return
    child = _child(module, called)
    output = next((part for part in path if part != "*"), None)
    if child and output and ("output", output) not in child.declared:
        yield f"{where}: module.{name} has no output '{output}'"


def _call(module: Module, each: Declaration) -> Iterator[str]:
    child = _child(module, each)
    if child is None:
        yield f"{each.where}: its source {each.body.get('source')} is no folder of Terraform sources"
        return
    variables = child.of("variable")
    given = {
        unquoted(name): value
        for name, value in each.body.items()
        if name not in _MODULE_META and name[:2] != "__"
    }
    for name, value in given.items():
        if name not in variables:
            yield f"{each.where}: {child.folder.name} has no variable '{name}'"
            continue
        kind, found = declared_type(variables[name]), literal(value)
        if kind and found is not UNKNOWN and found is not None and not fits(kind, found):
            yield f"{each.where}: '{name}' takes a {kind}"
    for name, variable in variables.items():
        if "default" not in variable.body and name not in given:
            yield f"{each.where}: '{name}' is required by {child.folder.name}"


def _child(module: Module, each: Declaration) -> Module | None:
    folder = Path(module.folder, unquoted(str(each.body.get("source", "")))).resolve()
    return read(folder) if any(folder.glob("*.tf")) else None
