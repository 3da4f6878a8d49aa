data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

locals {
  rds     = "arn:${data.aws_partition.here.partition}:rds:${data.aws_region.here.id}:${data.aws_caller_identity.here.account_id}"
  scratch = "${local.rds}:db:${var.database.identifier}-verify"
}

data "aws_iam_policy_document" "may" {
  for_each = toset(["lambda.amazonaws.com", "scheduler.amazonaws.com"])

  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = [each.key]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

# What both need: their log, the topic, the queue of what was given up.
data "aws_iam_policy_document" "both" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.main : "${group.arn}:*"]
  }
  statement {
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead.arn]
  }
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
  statement {
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["Metafleet/Cost", "Metafleet/Backups"]
    }
  }
}

data "aws_iam_policy_document" "cost" {
  source_policy_documents = [data.aws_iam_policy_document.both.json]

  statement {
    actions   = ["ce:GetCostAndUsage"] # knows no resource to be kept to
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "backup" {
  source_policy_documents = [data.aws_iam_policy_document.both.json]

  statement {
    actions   = ["rds:DescribeDBInstances", "rds:ListTagsForResource"]
    resources = ["${local.rds}:db:${var.database.identifier}", local.scratch]
  }
  statement {
    actions = ["rds:RestoreDBInstanceToPointInTime"]
    resources = [
      "${local.rds}:db:${var.database.identifier}", local.scratch, "${local.rds}:subgrp:${var.database.subnet_group}",
      "${local.rds}:pg:${var.database.parameter_group}", "${local.rds}:og:default*", "${local.rds}:auto-backup:*",
    ]
  }
  # Never of the database itself.
  statement {
    actions   = ["rds:AddTagsToResource", "rds:DeleteDBInstance"]
    resources = [local.scratch]
  }
  statement {
    actions   = ["kms:CreateGrant", "kms:DescribeKey"]
    resources = [var.key_arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["rds.${data.aws_region.here.id}.amazonaws.com"]
    }
  }
  statement {
    actions = ["ecs:RunTask"]
    resources = [join(":", [
      "arn:${data.aws_partition.here.partition}:ecs:${data.aws_region.here.id}", data.aws_caller_identity.here.account_id,
      "task-definition/${var.reader.family}:*",
    ])]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.reader.cluster_arn]
    }
  }
  statement {
    actions   = ["ecs:DescribeTasks"]
    resources = ["*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.reader.cluster_arn]
    }
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = [var.reader.role_arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "main" {
  for_each = local.functions

  name               = "${var.name}-nightly-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.may["lambda.amazonaws.com"].json
}

resource "aws_iam_role_policy" "main" {
  for_each = local.functions

  name   = "work"
  role   = aws_iam_role.main[each.key].id
  policy = each.value.rights
}

data "aws_iam_policy_document" "schedule" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [for function in aws_lambda_function.main : function.arn]
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead.arn]
  }
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-nightly"
  assume_role_policy = data.aws_iam_policy_document.may["scheduler.amazonaws.com"].json
}

resource "aws_iam_role_policy" "schedule" {
  name   = "invoke"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}
