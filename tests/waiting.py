"""Waiting for a condition, for the tests of every package: none of them may import the command's."""

from metafleet.cli.readiness import wait_until

__all__ = ["wait_until"]
