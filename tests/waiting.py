"""Waiting for a condition, for the tests of every package: none of them may import the command's."""

from typing import Final

from metafleet.cli.readiness import wait_until

__all__ = ["PATIENCE_S", "wait_until"]

PATIENCE_S: Final = 120.0
"""For what comes for certain, and on a machine of one's own within a second or two: other processes of the
tests, each with a whole product, may have the processors for half a minute."""
