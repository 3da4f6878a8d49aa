"""What is unsafe where strangers can reach it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from metafleet.hub.config import deployment, startup

DOCUMENTED = Path(__file__).resolve().parents[5] / "docs/reference/settings.md"
SAFE: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "DEMO": False,
    "SECURE_COOKIES": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "ALLOWED_HOSTS": ["app.example.com"],
    "CSRF_TRUSTED_ORIGINS": ["https://app.example.com"],
    "GATEWAY_URL": "https://gateway.example.com",
    "HOST": "0.0.0.0",  # noqa: S104 - a setting under test
    "METRICS_TOKEN": "a-long-random-word",
    "SECRET_KEY": "k" * 50,
    "SENDS_MAIL": True,
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_USE_TLS": True,
    "EMAIL_USE_SSL": False,
    "OPERATORS_NEED_MFA": True,
    "OIDC_ISSUER": "https://login.example.com",
    "VAULT_KEY_FILE": "/nowhere",
    "RECEIPT_KEY_FILE": "/nowhere",
    "DATABASE_URL": "postgresql://owner:x@db.example.com/metafleet?sslmode=verify-full",
    "APP_DATABASE_URL": "postgresql://app:x@db.example.com/metafleet?sslmode=verify-full",
    "POOLED_DATABASE_URL": "",
    "REDIS_URL": "rediss://:secret@redis.example.com/0",
}


def found(environ: dict[str, str] | None = None, **unsafe: Any) -> list[str]:
    settings = SimpleNamespace(**SAFE | unsafe)
    return [finding.setting for finding in deployment.of_settings(settings, environ or {})]


def test_a_safe_installation_has_nothing_to_mend() -> None:
    assert found() == []
    here = "postgresql://metafleet@/metafleet?host=%2Frun%2Fpostgresql"
    assert found(DATABASE_URL=here, APP_DATABASE_URL=here, REDIS_URL="unix:///run/redis.sock?db=0") == []


@pytest.mark.parametrize(
    ("setting", "unsafe"),
    [
        ("METAFLEET_DEBUG", {"DEBUG": True}),
        ("METAFLEET_DEMO", {"DEMO": True}),
        ("METAFLEET_SECURE_COOKIES", {"SECURE_COOKIES": False}),
        ("METAFLEET_HSTS_SECONDS", {"SECURE_HSTS_SECONDS": 0}),
        ("METAFLEET_ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["*"]}),
        ("METAFLEET_ALLOWED_HOSTS", {"ALLOWED_HOSTS": [".example.com"]}),
        ("METAFLEET_ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"]}),
        ("METAFLEET_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": ["http://app.example.com"]}),
        ("METAFLEET_GATEWAY_URL", {"GATEWAY_URL": "http://gateway.example.com"}),
        ("METAFLEET_METRICS_TOKEN", {"METRICS_TOKEN": ""}),
        ("METAFLEET_SECRET_KEY", {"SECRET_KEY": "changeme"}),
        ("METAFLEET_EMAIL_URL", {"SENDS_MAIL": False}),
        ("METAFLEET_EMAIL_URL", {"EMAIL_USE_TLS": False}),
        ("METAFLEET_OPERATORS_NEED_MFA", {"OPERATORS_NEED_MFA": False}),
        ("METAFLEET_OIDC_ISSUER", {"OIDC_ISSUER": "http://login.example.com"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgresql://owner:x@db.example.com/metafleet"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgresql://owner:x@db/metafleet?sslmode=prefer"}),
        ("METAFLEET_APP_DATABASE_URL", {"APP_DATABASE_URL": "postgresql://app@db.example.com/metafleet"}),
        ("METAFLEET_APP_DATABASE_URL", {"APP_DATABASE_URL": "", "POOLED_DATABASE_URL": "postgresql://a@[::1]/x"}),
        ("REDIS_URL", {"REDIS_URL": "redis://:secret@redis.example.com/0"}),
        ("REDIS_URL", {"REDIS_URL": "rediss://redis.example.com/0"}),
    ],
)  # fmt: skip
def test_each_unsafe_setting_is_named(setting: str, unsafe: dict[str, Any]) -> None:
    assert found(**unsafe) == [setting]
    assert f"| `{setting}`" in DOCUMENTED.read_text()


def test_a_proxy_that_may_be_anybody_is_named() -> None:
    assert found({"FORWARDED_ALLOW_IPS": "*"}) == ["FORWARDED_ALLOW_IPS"]


def test_a_key_that_others_may_read_is_named_with_what_to_run(tmp_path: Path) -> None:
    key = tmp_path / "vault.key"
    key.write_text("{}")
    key.chmod(0o640)
    settings = SimpleNamespace(**SAFE | {"VAULT_KEY_FILE": key})
    [finding] = deployment.of_settings(settings, {})
    assert finding.mend == f"Run: chmod 600 {key}"


@pytest.mark.django_db
def test_a_login_that_could_step_up_is_named_and_one_that_cannot_is_not() -> None:
    [finding] = deployment.of_database(connection)
    assert finding.setting == "METAFLEET_APP_DATABASE_URL"
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("CREATE ROLE of_this_test LOGIN IN ROLE metafleet_app")
        cursor.execute("SET SESSION AUTHORIZATION of_this_test")
    try:
        assert deployment.of_database(connection) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET SESSION AUTHORIZATION")
            cursor.execute("SET ROLE metafleet_app")


def test_production_does_not_start_on_what_is_unsafe(db: None, settings: Any) -> None:
    startup._check_deployment()
    settings.PRODUCTION = True
    with pytest.raises(startup.Unsafe, match="METAFLEET_DEMO") as refused:
        startup._check_deployment()
    assert "METAFLEET_SECURE_COOKIES: Sessions may travel unencrypted. Serve it over HTTPS" in str(
        refused.value
    )
