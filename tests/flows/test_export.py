"""`metafleet export dynamodb` beside a running product: once, and on and on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.flow
REGION = "eu-central-1"
EXPORT = ("export", "dynamodb", "--region", REGION)


@pytest.fixture(scope="module")
def amazon() -> Iterator[dict[str, str]]:
    """The environment in which boto3 finds moto instead of Amazon."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    yield {"AWS_ENDPOINT_URL": f"http://{host}:{port}", **keys}
    server.stop()


def mirrored(amazon: dict[str, str], table: str) -> list[dict[str, Any]]:
    resource = boto3.resource(
        "dynamodb",
        region_name=REGION,
        endpoint_url=amazon["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found: list[dict[str, Any]] = resource.Table(table).scan()["Items"]
    return found


def run(stack: Stack, amazon: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "metafleet.cli", *EXPORT, *options],
        env=stack.environment | amazon,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_desk_is_mirrored_once_and_then_followed_until_it_is_ended(
    start_stack: StartStack, amazon: dict[str, str]
) -> None:
    stack = start_stack(METAFLEET_MARKET_SOURCE="generator", METAFLEET_MARKET_SPEED="600")
    with Person(stack) as demo:
        demo.sign_in_to_demo()

        def closed() -> int:
            return int(demo.get("/api/trades", state="closed", pageSize=1)["total"])

        refused = run(stack, amazon)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert "There is no table mt5_phases. Make it, or let --create-tables do so." in refused.stderr
        before = closed()
        done = run(stack, amazon, "--create-tables")
        assert done.returncode == 0, done.stderr
        assert before <= len(mirrored(amazon, "mt5_trade_cache")) <= closed()
        accounts = {str(one["login"]) for one in demo.get("/api/accounts")}
        assert {one["account"] for one in mirrored(amazon, "mt5_phases")} == accounts
        following = subprocess.Popen(
            [sys.executable, "-m", "metafleet.cli", *EXPORT, "--follow", "--every", "1"],
            env=stack.environment | amazon,
            stdout=subprocess.DEVNULL,
        )
        target = closed() + 1
        assert wait_until(lambda: len(mirrored(amazon, "mt5_trade_cache")) >= target, 90, 0.5)
        following.send_signal(signal.SIGTERM)
        assert following.wait(20) == 0
