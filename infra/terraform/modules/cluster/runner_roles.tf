data "aws_caller_identity" "here" {}

data "aws_region" "here" {}

data "aws_partition" "here" {}

data "aws_iam_policy_document" "tasks_may" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

# A runner takes its own ticket, whose name cannot be guessed, and must not list others'.
data "aws_iam_policy_document" "ticket" {
  statement {
    actions = ["ssm:GetParameter", "ssm:DeleteParameter"]
    resources = [join(":", [
      "arn:${data.aws_partition.here.partition}:ssm:${data.aws_region.here.id}",
      data.aws_caller_identity.here.account_id,
      "parameter/metafleet/starts/*",
    ])]
  }
}

resource "aws_iam_role" "runner" {
  name               = "${var.name}-runner"
  assume_role_policy = data.aws_iam_policy_document.tasks_may.json
}

resource "aws_iam_role_policy" "ticket" {
  name   = "ticket"
  role   = aws_iam_role.runner.id
  policy = data.aws_iam_policy_document.ticket.json
}

data "aws_iam_policy_document" "start" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = [join(":", [
      "arn:${data.aws_partition.here.partition}:ecr:${data.aws_region.here.id}",
      data.aws_caller_identity.here.account_id,
      "repository/metafleet/*",
    ])]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.runners.arn}:*"]
  }
}

resource "aws_iam_role" "runner_start" {
  name               = "${var.name}-runner-start"
  assume_role_policy = data.aws_iam_policy_document.tasks_may.json
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.runner_start.id
  policy = data.aws_iam_policy_document.start.json
}
