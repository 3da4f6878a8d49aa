"""Discord, by a webhook's address."""

from __future__ import annotations

from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import GONE, Kind, Letter, Settings, post_json, said, secret
from metafleet.hub.monitor.outgoing import Outside

MOST = 2000
"""Characters of a message. Source: Discord's API, "Execute Webhook"."""


class DiscordSettings(Settings):
    url: str = secret(
        "Webhook URL",
        "From Discord: channel settings, Integrations, Webhooks.",
        r"^https://(ptb\.|canary\.)?discord(app)?\.com/api/webhooks/[A-Za-z0-9/_-]+$",
    )


def send(letter: Letter, settings: DiscordSettings, outside: Outside) -> str:
    body = {"content": wording.whole(letter.message)[:MOST], "allowed_mentions": {"parse": []}}
    return said(post_json(outside, settings.url, body, permanent=GONE))


KIND = Kind("discord", "Discord", "A message in a Discord channel.", DiscordSettings, send)
