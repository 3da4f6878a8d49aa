"""`metafleet audit`: whether the record of who did what is whole. For who has the installation's machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from metafleet.cli.asking import AsJson, remark, say, say_json, say_table
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Verify the record of who did what.", no_args_is_help=True)


class NotWhole(Refused):
    """Something in the record is not as it was written."""


@app.callback()
def _is_a_group() -> None:
    """Verify the record of who did what."""


@app.command()
def verify(
    tenant: Annotated[UUID | None, typer.Option(help="Of this customer alone, by id.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="An export of JSON lines instead, without any database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk the chains of every customer and of the platform; exit code 1 when one of them is not whole."""
    if file is not None:
        _verify_file(file)
        return
    found = _verdicts(tenant)
    if as_json:
        say_json(found)
    else:
        say_table(
            ("TENANT", "ENTRIES", "FROM", "TO", "CHECKPOINTS", "IS"),
            (
                (
                    row["tenant"],
                    row["entries"],
                    row["first"],
                    row["last"],
                    row["checkpoints"],
                    "whole" if row["isWhole"] else "NOT WHOLE",
                )
                for row in found
            ),
        )
        for row in found:
            for trouble in row["troubles"]:
                remark(f"{row['tenant']}: {trouble['detail']}")
    broken = sum(not row["isWhole"] for row in found)
    if broken:
        raise NotWhole(
            f"{broken} of {len(found)} records are not whole. Keep a copy of the database as it is."
        )


def _verdicts(tenant: UUID | None) -> list[dict[str, Any]]:
    from metafleet.cli.installation import asked_of_the_hub

    with asked_of_the_hub():
        from metafleet.hub.audit import queries
        from metafleet.hub.audit.verifying import verify as walk
        from metafleet.hub.fleet import receipts
        from metafleet.hub.kernel.tenancy import tenant_scope

        wanted = [tenant] if tenant else sorted(head.tenant_id for head in queries.heads())
        found = []
        for tenant_id in wanted:
            with tenant_scope(tenant_id):
                verdict = walk(tenant_id=tenant_id, check=receipts.is_ours)
            found.append(
                {
                    "tenant": str(tenant_id),
                    "isWhole": verdict.is_whole,
                    "entries": verdict.entries,
                    "first": verdict.first,
                    "last": verdict.last,
                    "hash": verdict.hash.hex(),
                    "checkpoints": verdict.checkpoints,
                    "troubles": [
                        {"kind": one.kind, "sequence": one.sequence, "detail": one.detail}
                        for one in verdict.troubles
                    ],
                }
            )
        return found


def _verify_file(file: Path) -> None:
    """Look at an unfiltered export, newest first: each text matches its hash, each hash the next."""
    after: dict[str, Any] | None = None
    count = 0
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                _check_entry(entry, after)
                after, count = entry, count + 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{file} is no export of JSON lines ({error}).") from error
    if after is None:
        raise Refused(f"{file} holds no entries.")
    say(f"{count} entries are whole, from {after['sequence']} on.")


def _check_entry(entry: dict[str, Any], after: dict[str, Any] | None) -> None:
    sealed = json.loads(entry["sealed"])
    is_as_sealed = all(
        sealed[name] == entry[name]
        for name in ("sequence", "actor", "action", "subject", "subjectId", "detail", "changes", "origin")
    )
    if not is_as_sealed or hashlib.sha256(entry["sealed"].encode()).hexdigest() != entry["hash"]:
        raise NotWhole(f"entry {entry['sequence']} is not as it was written.")
    if sealed["previous"] != entry["previousHash"]:
        raise NotWhole(f"entry {entry['sequence']} names another entry before it.")
    if after is not None and (after["sequence"], after["previousHash"]) != (
        entry["sequence"] + 1,
        entry["hash"],
    ):
        raise NotWhole(f"between entries {entry['sequence']} and {after['sequence']} something is missing.")
