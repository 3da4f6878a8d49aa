"""A secret setting comes from its variable, a file, or AWS Secrets Manager; what is missing is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from metafleet.hub.config import env
from metafleet.hub.vault.tests.amazon import running_amazon
from metafleet.wire import secret_setting

NAME = "METAFLEET_METRICS_TOKEN"


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment, running_amazon(environment) as url:
        client: Any = boto3.client("secretsmanager")
        client.create_secret(Name="plain", SecretString="of the manager\n")
        client.create_secret(Name="fields", SecretString=json.dumps({"token": "of a field", "port": 5432}))
        client.create_secret(Name="bytes", SecretBinary=b"1")
        yield url


@pytest.mark.parametrize(("said", "found"), [("plain", "of the manager"), ("fields#token", "of a field")])
def test_a_secret_comes_from_the_manager(amazon: str, said: str, found: str) -> None:
    assert secret_setting.read({f"{NAME}_AWS_SECRET": said}, NAME) == found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("nothing", "refuses nothing"),
        ("fields#password", "no JSON object with a text 'password'"),
        ("fields#port", "no JSON object with a text 'port'"),
        ("plain#token", "no JSON object"),
        ("bytes", "holds bytes"),
    ],
)
def test_what_the_manager_does_not_have_is_said_without_the_secret(amazon: str, said: str, why: str) -> None:
    with pytest.raises(secret_setting.SecretUnreadable, match=why) as refusal:
        secret_setting.read({f"{NAME}_AWS_SECRET": said}, NAME)
    assert f"{NAME}_AWS_SECRET" in str(refusal.value)
    assert "of the manager" not in str(refusal.value)
    assert "of a field" not in str(refusal.value)


def test_the_variable_goes_before_the_file_and_that_before_the_manager(tmp_path: Path, amazon: str) -> None:
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    said = {f"{NAME}_AWS_SECRET": "plain", f"{NAME}_FILE": str(file), NAME: "itself"}
    assert secret_setting.read(said, NAME) == "itself"
    assert secret_setting.read(said | {NAME: ""}, NAME) == "of the file"
    assert secret_setting.read({}, NAME) is None
    with pytest.raises(secret_setting.SecretUnreadable, match="cannot be read"):
        secret_setting.read({f"{NAME}_FILE": str(tmp_path / "none")}, NAME)


def test_a_secret_that_nobody_says_names_all_three_ways(tmp_path: Path) -> None:
    with pytest.raises(env.SettingRefused, match="NOWHERE, NOWHERE_FILE or NOWHERE_AWS_SECRET"):
        env.secret("NOWHERE", tmp_path / "none")


def test_the_settings_take_their_secrets_from_the_manager(amazon: str) -> None:
    """Each of them, the URLs of database and Redis too, in a process of its own."""
    client: Any = boto3.client("secretsmanager")
    urls = {"DATABASE_URL": "postgresql://u:db-pass@h/d", "REDIS_URL": "redis://:redis-pass@h/0"}
    wanted = {
        "METAFLEET_SECRET_KEY": "one",
        "METAFLEET_BROKER_ADMIN_KEY": "two",
        "METAFLEET_METRICS_TOKEN": "three",
        "METAFLEET_STRIPE_API_KEY": "four",
        "METAFLEET_STRIPE_WEBHOOK_SECRET": "five",
        "METAFLEET_RECEIPT_KEY": "six",
    } | urls
    client.create_secret(Name="all", SecretString=json.dumps(wanted))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METAFLEET_")}
    kept = {name: value for name, value in kept.items() if name not in urls}
    kept |= {f"{name}_AWS_SECRET": f"all#{name}" for name in wanted} | {"METAFLEET_BILLING": "stripe"}
    asked = (
        "from metafleet.hub.config import settings as s; import json; print(json.dumps([s.SECRET_KEY, "
        "s.BROKER_ADMIN_KEY, s.METRICS_TOKEN, s.STRIPE_API_KEY, s.STRIPE_WEBHOOK_SECRET, s.RECEIPT_KEYS, "
        "s.DATABASES['default']['PASSWORD'], s.REDIS_URL]))"
    )
    found = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", asked], env=kept, capture_output=True, text=True, check=True
    )
    assert json.loads(found.stdout) == [
        *("one", "two", "three", "four", "five", "six"),
        *("db-pass", "redis://:redis-pass@h/0"),
    ]
