"""A folder of Terraform sources, read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import hcl2

from infra.terraform.check.expressions import Value, unquoted

Body = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One block with a name. kind: `resource`, `data`, `variable`, …; type: of a resource or data source."""

    kind: str
    type: str
    name: str
    body: Body
    file: str

    @property
    def where(self) -> str:
        parts = {"resource": (self.type, self.name)}.get(self.kind, (self.kind, self.type, self.name))
        return f"{self.file}: {'.'.join(part for part in parts if part)}"


@dataclass(slots=True)
class Module:
    """folder: as it was given; files: name to what stands in it; faults: of reading."""

    folder: Path
    files: dict[str, Body] = field(default_factory=dict)
    declared: dict[tuple[str, ...], Declaration] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, Declaration]:
        """By name, of a kind without types."""
        return {key[1]: each for key, each in self.declared.items() if key[0] == kind}

    def typed(self) -> list[Declaration]:
        return [each for each in self.declared.values() if each.kind in ("resource", "data")]


def read(folder: Path) -> Module:
    """Every `.tf` of the folder itself, not of those below."""
    module = Module(folder)
    for file in sorted(folder.glob("*.tf")):
        name = f"{folder.name}/{file.name}"
        try:
            module.files[name] = _parsed(file.read_text())
        except Exception as error:  # noqa: BLE001 - the parser's own, and the lexer's
            module.faults.append(f"{name}: syntax: {str(error).splitlines()[0]}")
            continue
        for each in _declarations(module.files[name], name):
            _add(module, each)
    return module


@lru_cache(maxsize=256)
def _parsed(text: str) -> Body:
    loaded: dict[str, Any] = hcl2.loads(text)
    return loaded


def _add(module: Module, each: Declaration) -> None:
    key = (each.kind, each.type, each.name) if each.type else (each.kind, each.name)
    if key in module.declared:
        module.faults.append(f"{each.where}: declared twice, first in {module.declared[key].file}")
    module.declared[key] = each


def _declarations(document: Body, file: str) -> list[Declaration]:
    found = []
    for kind in ("resource", "data"):
        for block in document.get(kind, []):
            for type_, named in block.items():
                for name, body in named.items():
                    found.append(Declaration(kind, unquoted(type_), unquoted(name), body, file))
    for kind in ("variable", "output", "module"):
        for block in document.get(kind, []):
            found += [Declaration(kind, "", unquoted(name), body, file) for name, body in block.items()]
    for block in document.get("locals", []):
        found += [
            Declaration("local", "", name, {"value": value}, file)
            for name, value in block.items()
            if not name.startswith("__")
        ]
    return found
