"""One source, all checks."""

from __future__ import annotations

import ast
import warnings
from typing import Final

from metafleet.engine.experts.review.code import check_code
from metafleet.engine.experts.review.findings import Finding, Review, error
from metafleet.engine.experts.review.shape import check_shape

MOST_BYTES: Final = 64 * 1024
"""The largest EA that ships has 9 KiB. What is larger no person reads with care."""

MOST_FINDINGS: Final = 100


def review(source: bytes) -> Review:
    """Return what the static checks find in an EA's source. Never imports or runs it."""
    if len(source) > MOST_BYTES:
        kib = -(-len(source) // 1024)
        return _only(
            error(0, "size", f"An EA may have {MOST_BYTES // 1024} KiB of source; it has {kib} KiB.")
        )
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as garbled:
        line = source[: garbled.start].count(b"\n") + 1
        return _only(error(line, "encoding", "The file is not UTF-8 text. Save it as UTF-8."))
    if "\0" in text or text.startswith("\ufeff"):
        return _only(error(1, "encoding", "Save the file as plain UTF-8, without a byte order mark or NULs."))
    tree = _parsed(text)
    if isinstance(tree, Finding):
        return _only(tree)
    shape = check_shape(tree)
    try:
        found = (*check_code(tree), *shape.findings)
    except RecursionError:
        return _only(error(0, "syntax", "The code is nested too deeply to be read. Write it flatter."))
    said = shape.facts.get
    return Review(
        findings=_bounded(set(found)),
        slug=said("slug", ""),
        name=said("name", ""),
        version=said("version", ""),
        symbols=shape.symbols,
    )


def _bounded(found: set[Finding]) -> tuple[Finding, ...]:
    """The findings by line; of too many, errors before warnings, and a word on the others."""
    by_weight = sorted(found, key=lambda one: (one.severity != "error", one.line, one.rule, one.detail))
    kept, more = by_weight[:MOST_FINDINGS], len(by_weight) - MOST_FINDINGS
    if more > 0:
        kept.append(error(0, "findings", f"There are {more} findings more. Mend these and upload it again."))
    return tuple(sorted(kept, key=lambda one: (one.line, one.rule, one.detail)))


def _parsed(text: str) -> ast.Module | Finding:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the author's escapes, which are no news to the hub
            return ast.parse(text)
    except SyntaxError as wrong:
        return error(wrong.lineno or 0, "syntax", f"Python does not understand this line: {wrong.msg}.")
    except (ValueError, RecursionError, MemoryError):
        return error(0, "syntax", "The code is nested too deeply to be read. Write it flatter.")


def _only(finding: Finding) -> Review:
    return Review(findings=(finding,))
