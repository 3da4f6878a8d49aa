"""Real searches: what comes out is what the command line finds, and nothing is tried or counted twice."""

from __future__ import annotations
