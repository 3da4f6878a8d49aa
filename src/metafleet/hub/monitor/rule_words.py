"""Rules as people read them: a sentence for each, and what their parameters are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from metafleet.hub.monitor.rules.contract import Kind

_TIMING: Final = "Timing"
_FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "limit": {"title": "Limit"},
    "target": {"title": "Target"},
    "unit": {"title": "In", "x-labels": {"money": "The account's currency", "percent": "Percent"}},
    "of": {
        "title": "Of",
        "x-labels": {
            "day": "The broker's day",
            "phase": "The phase, since it began",
            "cpu": "Processor",
            "memory": "Memory",
            "disk": "Disk",
        },
    },
    "counts": {
        "title": "Counts",
        "x-labels": {"equity": "What is closed and open", "balance": "What is closed"},
    },
    "afterS": {"title": "Silent for", "x-unit": "s"},
    "afterH": {"title": "Older than", "x-unit": "h"},
    "index": {"title": "Stability index of a feature"},
    "chance": {"title": "Chance that its probabilities hold", "x-unit": "%"},
    "forS": {
        "title": "For at least",
        "x-unit": "s",
        "x-group": _TIMING,
        "description": "So long it must be so before anything happens.",
    },
    "clearForS": {
        "title": "Over after",
        "x-unit": "s",
        "x-group": _TIMING,
        "description": "So long it must be well again before the incident is over.",
    },
    "above": {"title": "From", "x-unit": "%"},
    "windowS": {"title": "Within", "x-unit": "s"},
    "last": {"title": "Its last", "x-unit": "trades"},
    "percentile": {"title": "Percentile of its history", "x-unit": "%"},
    "factor": {"title": "Times what is normal"},
    "atLeast": {"title": "And at least", "x-unit": "points"},
    "below": {
        "title": "Below",
        "x-labels": {"first_balance": "The first balance", "peak_equity": "The highest equity"},
    },
}
"""What the screens call a parameter, wherever a kind has it."""


def schema(kind: type[Kind]) -> dict[str, Any]:
    """Return the JSON Schema of a kind's parameters, with titles, units (`x-unit`) and words for choices."""
    found = msgspec.json.schema(kind, ref_template="{name}")["$defs"][kind.__name__]
    named = {
        name: {"title": _spaced(name), "x-group": "When", **_FIELDS.get(name, {}), **one}
        for name, one in found["properties"].items()
    }
    # What says how long stands last, though every kind begins with it.
    properties = dict(sorted(named.items(), key=lambda pair: pair[1].get("x-group") == _TIMING))
    if "below" in properties and "enum" not in properties["below"]:
        properties["below"] |= {"x-unit": "%"}
    if properties.get("above", {}).get("type") == "integer":
        properties["above"] |= {"x-unit": "items"}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def sentence(kind: Kind) -> str:
    """Return when a rule fires, as "Equity is 1,000 below the day's start"."""
    values: dict[str, Any] = msgspec.to_builtins(kind)
    say = _SENTENCES.get(kind.slug)
    said = say(values) if say else _plain(kind, values)
    return f"{said} for {_span(kind.for_s)}" if kind.for_s else said


def _plain(kind: Kind, values: Mapping[str, Any]) -> str:
    told = (
        f"{_FIELDS.get(name, {}).get('title', _spaced(name)).lower()} {_value(name, value)}"
        for name, value in values.items()
        if name not in {"forS", "clearForS"}
    )
    return f"{kind.title}: {', '.join(told)}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,g} {_FIELDS.get(name, {}).get('x-unit', '')}".strip()
    return str(_FIELDS.get(name, {}).get("x-labels", {}).get(value, value)).lower()


def _amount(value: float, unit: str) -> str:
    return f"{value:g} %" if unit == "percent" else f"{value:,.10g}"


def _span(seconds: float) -> str:
    if seconds >= 3600 and seconds % 3600 == 0:
        return f"{seconds / 3600:g} h"
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"


def _loss(values: Mapping[str, Any]) -> str:
    since = "the day's start" if values["of"] == "day" else "where the phase began"
    return f"Equity is {_amount(values['limit'], values['unit'])} below {since}"


def _drawdown(values: Mapping[str, Any]) -> str:
    height = "its highest" if values["below"] == "peak_equity" else "the first balance"
    return f"Equity is {_amount(values['limit'], values['unit'])} below {height}"


def _target(values: Mapping[str, Any]) -> str:
    what = "with what is open" if values["counts"] == "equity" else "closed"
    return f"Profit of the {values['of']} reaches {_amount(values['target'], values['unit'])}, {what}"


def _load(values: Mapping[str, Any]) -> str:
    return f"{_FIELDS['of']['x-labels'][values['of']]} is at {values['above']:g} % or more"


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "loss": _loss,
    "drawdown": _drawdown,
    "profit_target": _target,
    "margin_level": lambda values: f"Margin level is down to {values['below']:g} %",
    "heartbeat_late": lambda values: f"The terminal is silent for {_span(values['afterS'])}",
    "host_load": _load,
    "machine_late": lambda values: f"The machine's agent is silent for {_span(values['afterS'])}",
    "failed_items": lambda values: (
        f"{values['above']} items could not be recorded within {_span(values['windowS'])}"
    ),
    "spread": lambda values: (
        f"The spread is {values['factor']:g} times its normal ({values['atLeast']:g} points at least)"
    ),
    "results_range": lambda values: (
        f"An EA's last {values['last']} trades are worse than {100 - values['percentile']:g} % of its history"
    ),
    "backup_age": lambda values: f"The newest verified backup is {values['afterH']:g} h old",
    "model_drift": lambda values: (
        f"A served model's features have moved by {values['index']:g}, or its probabilities fail"
    ),
    "database_connections": lambda values: f"{values['above']:g} % of the database's connections are used",
}


def _spaced(name: str) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced[:1].upper() + spaced[1:]
