"""What a review finds."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. line: of the source, from 1; 0 is the whole file. detail: says what to do."""

    severity: Severity
    line: int
    rule: str
    detail: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """The findings by line, and what the class says it is; "" where it does not say so plainly."""

    findings: tuple[Finding, ...]
    slug: str = ""
    name: str = ""
    version: str = ""
    symbols: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether anything must be changed before the EA may be tried out."""
        return any(finding.severity == "error" for finding in self.findings)


def error(line: int, rule: str, detail: str) -> Finding:
    return Finding(severity="error", line=line, rule=rule, detail=detail)


def warning(line: int, rule: str, detail: str) -> Finding:
    return Finding(severity="warning", line=line, rule=rule, detail=detail)
