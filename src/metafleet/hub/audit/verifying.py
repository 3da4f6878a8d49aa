"""Whether a tenant's record is whole: every entry as it was written, in its place, none missing.

Each entry's hash is SHA-256 of `audit_text` in UTF-8, in which are its sequence and the hash before it. So
a changed entry does not match its hash, and one that is missing or moved breaks the link after it. Only a
cut tail leaves no trace in the chain: signed checkpoints, which are kept elsewhere too, show that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from metafleet.hub.audit.models import AuditCheckpoint, AuditEntry

Check = Callable[[dict[str, Any]], bool]
"""Says whether this installation signed the document."""
Kind = Literal["changed", "missing", "moved", "cut", "unlinked", "checkpoint"]

START: Final = bytes(32)
"""The hash before the first entry."""
MOST_FAULTS: Final = 50
_PAGE: Final = 2_000
_ROWS: Final = (
    "SELECT id, sequence, previous_hash, hash, audit_text(entry) FROM audit_auditentry entry "
    "WHERE tenant_id = %s AND sequence > %s ORDER BY sequence LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it was written; `sequence` says where in the chain."""

    kind: Kind
    sequence: int
    detail: str


@dataclass(slots=True)
class Verdict:
    """What was found. `first` and `last` are sequences, 0 where there is no entry; `hash` is the last's."""

    entries: int = 0
    first: int = 0
    last: int = 0
    hash: bytes = START
    checkpoints: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.troubles

    def add(self, kind: Kind, sequence: int, detail: str) -> None:
        if len(self.troubles) < MOST_FAULTS:
            self.troubles.append(Trouble(kind, sequence, detail))


@dataclass(frozen=True, slots=True)
class _Link:
    id: UUID
    sequence: int
    previous: bytes
    hash: bytes
    text: str


def verify(*, tenant_id: UUID, check: Check) -> Verdict:
    """Walk the tenant's chain from its first entry and compare it with its checkpoints.

    In the open tenant transaction. Reads all of it: about a minute for a million entries.
    """
    verdict = Verdict()
    signed = {row.sequence: row for row in AuditCheckpoint.objects.filter(tenant_id=tenant_id)}
    for link in _links(tenant_id):
        _place(verdict, link, tenant_id)
        _content(verdict, link)
        if (checkpoint := signed.pop(link.sequence, None)) is not None:
            _compare(verdict, checkpoint, link.hash, check)
        verdict.entries += 1
        verdict.last, verdict.hash = link.sequence, link.hash
    for sequence in sorted(sequence for sequence in signed if sequence > verdict.last):
        verdict.add("cut", sequence, f"A checkpoint was signed at entry {sequence}; the record ends before.")
    unlinked = AuditEntry.objects.filter(tenant_id=tenant_id, sequence=None).count()
    if unlinked:
        verdict.add("unlinked", 0, f"{unlinked} entries have no place in the chain.")
    return verdict


def _links(tenant_id: UUID) -> Iterator[_Link]:
    last = -(2**63)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [tenant_id, last, _PAGE])
            rows = cursor.fetchall()
        for row in rows:
            yield _Link(row[0], row[1], bytes(row[2] or b""), bytes(row[3] or b""), row[4])
        if len(rows) < _PAGE:
            return
        last = rows[-1][1]


def _place(verdict: Verdict, link: _Link, tenant_id: UUID) -> None:
    """Look at its sequence and at the hash before it."""
    if verdict.entries == 0:
        verdict.first = link.sequence
        if not _begins(link, tenant_id):
            verdict.add("missing", link.sequence, f"The entries before {link.sequence} are missing.")
        return
    if link.sequence != verdict.last + 1:
        gap = (
            f"{verdict.last + 1}"
            if link.sequence == verdict.last + 2
            else (f"{verdict.last + 1} to {link.sequence - 1}")
        )
        verdict.add("missing", verdict.last + 1, f"Entry {gap} is missing.")
    elif link.previous != verdict.hash:
        verdict.add("moved", link.sequence, f"Entry {link.sequence} does not follow the one before it.")


def _begins(link: _Link, tenant_id: UUID) -> bool:
    """Whether the chain may begin here: at 1, or where retention says that it ended."""
    if link.sequence == 1:
        return link.previous == START
    wanted = {"through": link.sequence - 1, "hash": link.previous.hex()}
    return AuditEntry.objects.filter(
        tenant_id=tenant_id,
        action="audit.pruned",
        actor="system:retention",
        sequence__gte=link.sequence,
        detail__contains=wanted,
    ).exists()


def _content(verdict: Verdict, link: _Link) -> None:
    if hashlib.sha256(link.text.encode()).digest() != link.hash:
        verdict.add("changed", link.sequence, f"Entry {link.sequence} is not as it was written.")


def _compare(verdict: Verdict, checkpoint: AuditCheckpoint, found: bytes, check: Check) -> None:
    document = checkpoint.document
    said = (document.get("sequence"), document.get("hash"), document.get("tenant"))
    if said != (checkpoint.sequence, bytes(checkpoint.hash).hex(), str(checkpoint.tenant_id)):
        verdict.add("checkpoint", checkpoint.sequence, "A checkpoint is not as it was signed.")
    elif not check(document):
        verdict.add("checkpoint", checkpoint.sequence, "A checkpoint's signature is not this installation's.")
    elif bytes(checkpoint.hash) != found:
        verdict.add("changed", checkpoint.sequence, f"Entry {checkpoint.sequence} is not what was signed.")
    else:
        verdict.checkpoints += 1
