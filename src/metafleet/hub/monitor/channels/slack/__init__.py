"""Slack, by an incoming webhook's address."""

from __future__ import annotations

from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import GONE, Kind, Letter, Settings, post_json, said, secret
from metafleet.hub.monitor.outgoing import Outside


class SlackSettings(Settings):
    url: str = secret(
        "Webhook URL",
        "From Slack: Apps, Incoming Webhooks. It begins with https://hooks.slack.com/.",
        r"^https://hooks\.slack(-gov)?\.com/[A-Za-z0-9/_-]+$",
    )


def send(letter: Letter, settings: SlackSettings, outside: Outside) -> str:
    text = f"*{_plain(wording.headline(letter.message))}*\n{_plain(wording.body(letter.message))}"
    return said(post_json(outside, settings.url, {"text": text}, permanent=GONE))


def _plain(text: str) -> str:
    """Source: docs.slack.dev, "Escaping text": these three, and no mention can be made."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


KIND = Kind("slack", "Slack", "A message in a Slack channel.", SlackSettings, send)
