"""How a message reads where people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def headline(message: Mapping[str, Any]) -> str:
    """As "CRITICAL: Daily loss at 92 % (resolved)"."""
    event = str(message.get("event", ""))
    end = f" ({event})" if event in {"resolved", "acknowledged", "escalated", "worse"} else ""
    return f"{str(message.get('severity', 'info')).upper()}: {message.get('title', '')}{end}"


def body(message: Mapping[str, Any]) -> str:
    """What happened, to what, when: a line each."""
    lines = (message.get("text"), message.get("subject"), message.get("at"))
    return "\n".join(str(line) for line in lines if line)


def whole(message: Mapping[str, Any]) -> str:
    return f"{headline(message)}\n{body(message)}"
