from __future__ import annotations

import time

import pytest

from metafleet.hub.advisor.words import authors
from metafleet.hub.advisor.words.authors import Bedrock, OpenAI, Silent
from metafleet.hub.advisor.words.tests.answering import answering
from metafleet.hub.advisor.words.tests.facts import FACTS
from metafleet.hub.monitor import outgoing
from metafleet.hub.monitor.outgoing import Outside

SAID = "The evidence supports Mean Reversion on EURUSD: 138 trades made 3.27 USD each."


@pytest.fixture
def amazon_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def openai(url: str) -> OpenAI:
    return OpenAI(url, "small", "made-up-key", Outside())


def test_an_endpoint_is_given_the_facts_and_nothing_of_the_customer() -> None:
    with answering(text=SAID) as there:
        assert openai(f"{there.url}/v1/").explain(FACTS) == SAID
    ((path, body, headers),) = there.asked
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer made-up-key"
    assert body["model"] == "small"
    told = body["messages"][1]["content"]
    assert '"netPerTrade":3.27' in told
    assert "@" not in told


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"status": 500, "body": b"oops"}, "status 500"),
        ({"body": b"<html>"}, "no chat completion"),
        ({"body": b'{"choices": []}'}, "no choice"),
        ({"body": b'{"choices": [{"message": {"content": 7}}]}'}, "no chat completion"),
    ],
)
def test_garbage_is_silence(wishes: dict[str, object], why: str) -> None:
    with answering(**wishes) as there, pytest.raises(Silent, match=why):
        openai(there.url).explain(FACTS)


def test_a_dead_endpoint_is_silence() -> None:
    with answering() as there:
        url = there.url
    with pytest.raises(Silent, match="did not answer"):
        openai(url).explain(FACTS)


def test_a_slow_endpoint_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.4)
    begun = time.monotonic()
    with answering(text=SAID, wait_s=30) as there, pytest.raises(Silent):
        openai(there.url).explain(FACTS)
    assert time.monotonic() - begun < 10
    assert authors.TIMEOUT_S == 10


@pytest.mark.parametrize("url", ["http://10.0.0.1/v1", "http://169.254.169.254/v1", "ftp://example.com"])
def test_an_address_inside_is_not_called(url: str) -> None:
    with pytest.raises(Silent):
        openai(url).explain(FACTS)


@pytest.mark.usefixtures("amazon_here")
def test_bedrock_is_asked_by_converse(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(text=SAID) as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL", there.url)
        assert Bedrock("eu-central-1", "a.model").explain(FACTS) == SAID
    ((path, body, _),) = there.asked
    assert path == "/model/a.model/converse"
    assert '"tradesInThisRegime":138' in body["messages"][0]["content"][0]["text"]
    assert body["system"][0]["text"] == authors.ASKED


@pytest.mark.usefixtures("amazon_here")
@pytest.mark.parametrize(
    "wishes",
    [
        {"status": 400, "body": b'{"message": "no such model"}'},
        {"status": 503, "body": b"{}"},
        {"body": b'{"output": {}}'},
    ],
)
def test_bedrocks_refusals_are_silence(wishes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(**wishes) as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL", there.url)
        with pytest.raises(Silent):
            Bedrock("eu-central-1", "a.model").explain(FACTS)
    assert len(there.asked) == 1


@pytest.mark.usefixtures("amazon_here")
def test_a_dead_bedrock_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL", there.url)
    with pytest.raises(Silent, match="cannot be asked"):
        Bedrock("eu-central-1", "a.model").explain(FACTS)
