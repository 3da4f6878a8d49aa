"""GitHub's workflows may do at AWS what a release needs, each in its own environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.terraform.check.configuration import read

TERRAFORM = Path(__file__).resolve().parents[2] / "infra/terraform"
OF_NO_RESOURCE = {
    "ecs:RegisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "cloudwatch:DescribeAlarms",
    "elasticloadbalancing:DescribeTargetHealth",
}
"""AWS keeps these to no resource (service authorization reference)."""


def _statements(folder: str, name: str) -> list[dict[str, Any]]:
    document = read(TERRAFORM / folder).declared["data", "aws_iam_policy_document", name].body
    return list(document["statement"])


def _plain(words: list[str]) -> list[str]:
    return [word.strip('"') for word in words]


def test_a_role_trusts_one_repository_in_one_environment() -> None:
    (statement,) = _statements("modules/github", "workflow_may")
    asked = {part["variable"]: (part["test"], part["values"]) for part in statement["condition"]}
    assert asked == {
        '"${local.issuer}:aud"': ('"StringEquals"', ['"sts.amazonaws.com"']),
        '"${local.issuer}:sub"': (
            '"StringEquals"',
            ['"repo:${var.repository}:environment:${var.environment}"'],
        ),
    }


def test_deploying_is_kept_to_this_installation() -> None:
    for statement in _statements("modules/installation", "deploy"):
        if statement["resources"] == ['"*"'] and "condition" not in statement:
            assert set(_plain(statement["actions"])) == OF_NO_RESOURCE
        assert not any("*" in action for action in statement["actions"])


def test_deploying_hands_on_named_roles_to_ecs_only() -> None:
    passing = [
        each for each in _statements("modules/installation", "deploy") if '"iam:PassRole"' in each["actions"]
    ]
    assert len(passing) == 2
    for each in passing:
        assert each["condition"][0]["variable"] == '"iam:PassedToService"'
        assert '"*"' not in each["resources"]


def test_images_are_scanned_and_their_tags_never_move() -> None:
    repository = read(TERRAFORM / "modules/registry").declared["resource", "aws_ecr_repository", "main"].body
    assert repository["image_tag_mutability"] == '"IMMUTABLE"'
    assert repository["image_scanning_configuration"][0]["scan_on_push"] is True


def test_no_service_that_stays_is_told_the_owners_way_into_the_database() -> None:
    task = read(TERRAFORM / "modules/services").declared["resource", "aws_ecs_task_definition", "main"].body
    assert 'if setting != "DATABASE_URL"' in task["container_definitions"]
    start, *_ = [
        each
        for each in _statements("modules/services", "start")
        if '"secretsmanager:GetSecretValue"' in each["actions"]
    ]
    assert 'if setting != "DATABASE_URL"' in str(start["resources"])
