"""Authors outside: Amazon Bedrock's Converse, or any endpoint that speaks OpenAI's chat completions.

Each is given the facts and nothing else, and has TIMEOUT_S. What comes back is believed only after
`checking.fault` has nothing to say.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec

from metafleet.hub.advisor.words.template import Facts
from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.outgoing import AddressRefused, Outside, Unreachable

TIMEOUT_S: Final = 10
MOST_TOKENS: Final = 400
REPLY_BYTES: Final = 65_536

ASKED: Final = (
    "You explain a trading recommendation to a customer in plain English. You are given its facts as JSON. "
    "Write 3 to 6 short sentences, no headings, no lists. Use only numbers that stand in the facts, rounded "
    "if you like; never bring another number, date or name. Say the verdict first: supported, not enough "
    "evidence (thin), or against. Say what is missing, how large the sample is, the interval, the expected "
    "drawdown. Promise nothing and do not advise to trade real money."
)

_LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Silent(Exception):
    """Nothing usable came; the text says why, without what was given."""


class Author(Protocol):
    """Puts facts into words. name: as in `Explanation.author`."""

    @property
    def name(self) -> str: ...

    def explain(self, facts: Facts) -> str:
        """Return a text. Raises Silent."""


@dataclass(frozen=True, slots=True)
class OpenAI:
    """An endpoint that speaks OpenAI's chat completions. url: up to before /chat/completions.

    Of an address on this machine the operator has said that it may be called; every other one has to be
    one that the hub may call at all.
    """

    url: str
    model: str
    key: str
    outside: Outside
    name: str = "openai"

    def explain(self, facts: Facts) -> str:
        """Return the first choice's text. Raises Silent."""
        body = msgspec.json.encode(
            {
                "model": self.model,
                "max_tokens": MOST_TOKENS,
                "temperature": 0,
                "messages": [
                    {"role": "system", "content": ASKED},
                    {"role": "user", "content": msgspec.json.encode(facts).decode()},
                ],
            }
        )
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            reply = self._outside().post(f"{self.url.rstrip('/')}/chat/completions", body, headers)
        except (AddressRefused, Unreachable) as error:
            raise Silent(str(error)) from error
        if reply.status != 200:
            raise Silent(f"it answered with status {reply.status}")
        return _text(reply.text)

    def _outside(self) -> Outside:
        host = urlsplit(self.url).hostname or ""
        networks = (*self.outside.networks, *(_LOOPBACK if host in {"localhost", "127.0.0.1", "::1"} else ()))
        return replace(self.outside, networks=networks, reply_bytes=REPLY_BYTES)


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: list[_Choice]


def _text(body: str) -> str:
    try:
        found = msgspec.json.decode(body.encode(), type=_Completion).choices
    except msgspec.DecodeError as error:
        raise Silent("its answer is no chat completion") from error
    if not found:
        raise Silent("its answer has no choice")
    return found[0].message.content.strip()


@dataclass(frozen=True, slots=True)
class Bedrock:
    """A model of Amazon Bedrock, by Converse. Credentials and endpoint are boto3's own."""

    region: str
    model: str
    name: str = "bedrock"

    def explain(self, facts: Facts) -> str:
        """Return the answer's texts. Raises Silent."""
        from botocore.parsers import ResponseParserError

        try:
            with amazon.said():
                client = amazon.client("bedrock-runtime", self.region, within_s=TIMEOUT_S)
                answer = client.converse(
                    modelId=self.model,
                    system=[{"text": ASKED}],
                    messages=[{"role": "user", "content": [{"text": msgspec.json.encode(facts).decode()}]}],
                    inferenceConfig={"maxTokens": MOST_TOKENS, "temperature": 0.0},
                )
        except amazon.AmazonError as error:
            raise Silent(str(error)) from error
        except ResponseParserError as error:
            raise Silent("its answer is no message") from error
        return _said(answer)


def _said(answer: Any) -> str:
    try:
        parts = answer["output"]["message"]["content"]
        return " ".join(part["text"] for part in parts if "text" in part).strip()
    except (KeyError, TypeError) as error:
        raise Silent("its answer is no message") from error
