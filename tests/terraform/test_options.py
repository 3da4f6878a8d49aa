"""What an environment may have and need not: Cognito, ways to AWS that do not leave the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.terraform.check.configuration import Body, read

TERRAFORM = Path(__file__).resolve().parents[2] / "infra/terraform"
ENVIRONMENTS = ("dev", "staging", "production")


def _client() -> Body:
    return (
        read(TERRAFORM / "modules/cognito").declared["resource", "aws_cognito_user_pool_client", "main"].body
    )


def _installation(environment: str) -> dict[str, Any]:
    return read(TERRAFORM / "environments" / environment).of("module")["installation"].body


def test_cognito_is_off_unless_somebody_asks_for_it() -> None:
    for environment in ENVIRONMENTS:
        assert (
            read(TERRAFORM / "environments" / environment).of("variable")["cognito"].body["default"] is False
        )
        assert _installation(environment)["cognito"] == "${var.cognito}"


def test_cognito_gives_codes_to_a_client_with_a_secret_and_to_our_address_only() -> None:
    client = _client()
    assert client["allowed_oauth_flows"] == ['"code"']
    assert client["generate_secret"] is True
    assert client["callback_urls"] == ['"https://${var.web_host}/sign-in/oidc/callback"']


def test_cognito_verifies_addresses_which_the_product_asks_for() -> None:
    pool = read(TERRAFORM / "modules/cognito").declared["resource", "aws_cognito_user_pool", "main"].body
    assert pool["auto_verified_attributes"] == ['"email"']


def test_its_issuer_and_client_become_the_products_settings() -> None:
    settings = read(TERRAFORM / "modules/cognito").of("output")["settings"].body["value"]
    assert set(settings) == {"METAFLEET_OIDC_ISSUER", "METAFLEET_OIDC_CLIENT_ID"}
    documented = (TERRAFORM.parents[1] / "docs/reference/settings.md").read_text()
    assert all(f"`{name}`" in documented for name in (*settings, "METAFLEET_OIDC_CLIENT_SECRET"))


def test_in_production_keys_secrets_and_images_do_not_come_through_the_internet() -> None:
    ends = {end.strip('"') for end in _installation("production")["endpoints"]}
    assert {"kms", "secretsmanager", "ecr.api", "ecr.dkr", "logs", "sqs"} <= ends
    assert _installation("dev")["endpoints"] == []
