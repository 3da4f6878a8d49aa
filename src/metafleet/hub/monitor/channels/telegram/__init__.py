"""Telegram, by a bot of the customer's."""

from __future__ import annotations

from pydantic import Field

from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import GONE, Kind, Letter, Settings, post_json, said, secret
from metafleet.hub.monitor.outgoing import Outside

API = "https://api.telegram.org"
MOST = 4096
"""Characters of a message. Source: Telegram's Bot API, sendMessage."""


class TelegramSettings(Settings):
    token: str = secret("Bot token", "From @BotFather, like 123456:ABC-DEF…", r"^[0-9]+:[A-Za-z0-9_-]+$")
    chat: str = Field(
        title="Chat",
        description="The chat's number, or @name of a channel. The bot must be in it.",
        pattern=r"^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$",
    )


def send(letter: Letter, settings: TelegramSettings, outside: Outside) -> str:
    body = {"chat_id": settings.chat, "text": wording.whole(letter.message)[:MOST]}
    return said(post_json(outside, f"{API}/bot{settings.token}/sendMessage", body, permanent=GONE))


KIND = Kind("telegram", "Telegram", "A message from your own bot.", TelegramSettings, send)
