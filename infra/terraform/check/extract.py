"""Make schema.json.gz, the table of what the AWS provider knows, from a package that carries it.

usage: pip download --no-deps --require-hashes -r schema-requirements.txt
       python -m infra.terraform.check.extract cdktf_cdktf_provider_aws-….whl
Source: the jsii assembly of the PyPI package cdktf-cdktf-provider-aws, MPL-2.0.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from infra.terraform.check.schema import TABLE

_PACKAGE = "@cdktf/provider-aws"
_DOCUMENTED = re.compile(r"docs/(?:resources|data-sources)/\w+#(\w+) ")
_REPRESENTS = re.compile(r"aws/([\d.]+)/\S+ (aws_\w+)}")
_NOT_ATTRIBUTES = {"tfResourceType"}

Json = dict[str, Any]


def main() -> None:
    types = _types(Path(sys.argv[1]))
    table: Json = {}
    for described in types.values():
        found = _REPRESENTS.search(described.get("docs", {}).get("summary", ""))
        base = described.get("base", "")
        if found and base in ("cdktf.TerraformResource", "cdktf.TerraformDataSource"):
            kind = "data" if base.endswith("DataSource") else "resource"
            table["provider"] = found[1]
            table[f"{kind} {found[2]}"] = _thing(types, described)
    packed = json.dumps(table, separators=(",", ":"), sort_keys=True).encode()
    # Without a time in it the same package makes the same bytes.
    TABLE.write_bytes(gzip.compress(packed, mtime=0))
    sys.stdout.write(f"provider {table['provider']}: {len(table) - 1} types, {TABLE.stat().st_size} bytes\n")


def _types(wheel: Path) -> dict[str, Json]:
    with zipfile.ZipFile(wheel) as package:
        inner = next(name for name in package.namelist() if name.endswith(".jsii.tgz"))
        packed = io.BytesIO(package.read(inner))
    with tarfile.open(fileobj=packed) as archive:
        member = archive.extractfile("package/.jsii")
        if member is None:
            raise SystemExit(f"{wheel} has no package/.jsii")
        loaded: dict[str, Json] = json.load(member)["types"]
    return loaded


def _thing(types: dict[str, Json], described: Json) -> Json:
    # Not always the name with Config after it: a block of another thing may be called so.
    config = next(part["type"] for part in described["initializer"]["parameters"] if part["name"] == "config")
    arguments = _arguments(types, config["fqn"], ())
    arguments.pop("id", None)
    for attribute in described.get("properties", []):
        snake = _snake(attribute["name"])
        given = attribute["name"].endswith("Input") or attribute["name"] in _NOT_ATTRIBUTES
        if not given and snake not in arguments:
            arguments[snake] = {"computed": True}
    return {"id": {"computed": True}, **arguments}


def _arguments(types: dict[str, Json], name: str, above: tuple[str, ...]) -> Json:
    table: Json = {}
    for argument in types.get(name, {}).get("properties", []):
        docs = argument.get("docs", {})
        found = _DOCUMENTED.search(f"{docs.get('remarks', '')} {docs.get('summary', '')} ")
        if found:
            entry = _entry(types, argument, docs, (*above, name))
            table[found[1]] = entry if argument.get("optional") else {**entry, "required": True}
    return table


def _entry(types: dict[str, Json], argument: Json, docs: Json, above: tuple[str, ...]) -> Json:
    written = json.dumps(argument["type"])
    inner = re.search(rf'"fqn": "({_PACKAGE}\.\w+\.\w+)"', written)
    if inner is None:
        return _scalar(argument["type"], written)
    if not docs.get("summary", "").endswith(" block."):
        return {}
    return {"block": {} if inner[1] in above else _arguments(types, inner[1], above)}


def _scalar(given: Json, written: str) -> Json:
    if "collection" in written:
        return {"kind": "map" if '"kind": "map"' in written else "list"}
    kinds = {"string": "string", "number": "number", "boolean": "bool"}
    found = [kind for name, kind in kinds.items() if f'"primitive": "{name}"' in written]
    return {"kind": found[0]} if found and given != {"primitive": "any"} else {}


def _snake(camel: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", camel).lower()


if __name__ == "__main__":
    main()
