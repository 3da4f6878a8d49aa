"""The checker finds what is wrong in a small configuration, and nothing in the same one as it should be."""

# ruff: noqa: E501 - a table reads by its rows

from __future__ import annotations

from pathlib import Path

import pytest

from infra.terraform.check.checking import faults_of, module_folders

MODULE = """
variable "name" {
  description = "What things are called."
  type        = string
}

variable "days" {
  description = "How long messages are kept."
  type        = number
  default     = 4
}

locals {
  seconds = var.days * 86400
}

resource "aws_sqs_queue" "dead" {
  name                    = "${var.name}-dead"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue" "work" {
  name                      = var.name # not 0.0.0.0/0
  message_retention_seconds = local.seconds
  redrive_policy            = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })
  tags                      = { Name = "work" }
}

data "aws_vpc" "here" {
  default = true
}

resource "aws_security_group" "load_balancer" {
  name   = "load-balancer"
  vpc_id = data.aws_vpc.here.id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.load_balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_lb_target_group" "web" {
  name     = "web"
  port     = 8000
  protocol = "HTTP"
  vpc_id   = data.aws_vpc.here.id

  health_check {
    path = "/health"
  }

  stickiness {
    type = "lb_cookie"
  }
}
"""
OUTPUTS = """
output "queue_url" {
  value = aws_sqs_queue.work.url
}
"""
ENVIRONMENT = """
module "queues" {
  source = "../queues"
  name   = "orders"
}

resource "aws_ssm_parameter" "queue" {
  name  = "/queue"
  type  = "String"
  value = module.queues.queue_url
}
"""

FAULTS = [
    ("an unknown argument", "  default = true", "  defalt = true", "did you mean 'default'?"),
    ("an unknown block", "  health_check {", "  health_checks {", "no argument or block 'health_checks'"),
    ("a missing required argument", '  type  = "String"\n', "", "'type' is required"),
    ("a missing required argument of a block", '    type = "lb_cookie"\n', "", "'type' is required"),
    ("an unknown argument of a block", '    path = "/health"', '    url = "/health"', "no argument or block 'url'"),
    ("a list for a text", '= "web"', '= ["web"]', "'name' takes a string, not a list"),
    ("words for a number", "= 8000", '= "http"', "'port' takes a number, not 'http'"),
    ("a word for a truth", "enabled = true", 'enabled = "yes"', "takes a bool, not 'yes'"),
    ("a list for a map", '{ Name = "work" }', '["work"]', "'tags' takes a map, not a list"),
    ("a resource that there is not", '"aws_lb_target_group"', '"aws_lb_targets"', "has no resource"),
    ("a data source that there is not", 'data "aws_vpc"', 'data "aws_network"', "has no data 'aws_network'"),
    ("an argument as a block", 'tags                      = {', "tags {", "is an argument, not a block"),
    ("a block as an argument", "  health_check {", "  health_check = {", "is a block, not an argument"),
    ("an attribute that is read-only", "  default = true", '  arn = "a"', "is the provider's to say"),
    ("a dangling reference within a file", "sqs_queue.dead.arn", "sqs_queue.gone.arn", "gone.arn is declared nowhere"),
    ("a dangling reference between files", "sqs_queue.work.url", "sqs_queue.gone.url", "gone.url is declared nowhere"),
    ("a dangling data source", "vpc.here.id", "vpc.there.id", "data.aws_vpc.there.id is declared nowhere"),
    ("an attribute that there is not", "sqs_queue.work.url", "sqs_queue.work.adress", "has no attribute 'adress'"),
    ("a variable that is not declared", "${var.name}-dead", "${var.nam}-dead", "var.nam is declared nowhere"),
    ("a variable that nothing uses", "var.days * 86400", "4 * 86400", "variable.days: nothing uses it"),
    ("a default of the wrong type", "default     = 4", 'default     = "four"', "its default is no number"),
    ("a variable without a description", '  description = "How long messages are kept."\n', "", "has no description"),
    ("a local value that is not declared", "= local.seconds", "= local.second", "local.second is declared nowhere"),
    ("a local value that nothing uses", "= local.seconds", "= 60", "local.seconds: nothing uses it"),
    ("something declared twice", 'queue" "work"', 'queue" "dead"', "declared twice"),
    ("an input that a module misses", '  name   = "orders"\n', "", "'name' is required by queues"),
    ("an input that a module has not", '  name   = "orders"\n', '  nam = "orders"\n', "queues has no variable 'nam'"),
    ("an input of the wrong type", '  name   = "orders"\n', '  name = ["a"]\n', "'name' takes a string"),
    ("an output that a module has not", "module.queues.queue_url", "module.queues.url", "has no output 'url'"),
    ("a module that there is not", '"../queues"', '"../queue"', "is no folder of Terraform sources"),
    ("a port that is open to all", "= 443", "= 22", "open to 0.0.0.0/0"),
    ("all ports open to all", '"tcp"', '"-1"', "open to 0.0.0.0/0"),
    ("a range of ports open to all", "from_port         = 443", "from_port = 80", "open to 0.0.0.0/0"),
    ("another group open to all", 'load_balancer', 'database', "open to 0.0.0.0/0"),
    ("a module's argument open to all", '"orders"', '"0.0.0.0/0"', "open to 0.0.0.0/0"),
    ("what cannot be read", 'variable "name" {', 'variable "name" ', "syntax"),
]  # fmt: skip


def faults_in(folder: Path, old: str = "", new: str = "") -> list[str]:
    sources = {"queues/main.tf": MODULE, "queues/outputs.tf": OUTPUTS, "environment/main.tf": ENVIRONMENT}
    for name, text in sources.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.replace(old, new) if old else text)
    return [fault for each in module_folders(folder) for fault in faults_of(each)]


def test_what_is_right_has_no_faults(tmp_path: Path) -> None:
    assert faults_in(tmp_path) == []


@pytest.mark.parametrize(("what", "old", "new", "sentence"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_finds(what: str, old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert old in MODULE + OUTPUTS + ENVIRONMENT, f"{what} is not planted"
    found = faults_in(tmp_path, old, new)
    assert any(sentence in fault for fault in found), found
    assert all(fault.startswith(("queues/", "environment/")) for fault in found)


def test_a_list_in_quotes_within_a_text_is_no_reference(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'output "a" {\n  value = "read var.x, $${local.y} and \\"data.z.z\\""\n}\n'
    )
    assert faults_of(tmp_path) == []
