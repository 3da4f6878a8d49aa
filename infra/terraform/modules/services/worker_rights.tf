locals {
  arn = {
    for service in ["ecr", "ecs", "ssm", "cloudwatch", "logs", "autoscaling"] : service =>
    "arn:${data.aws_partition.here.partition}:${service}:${data.aws_region.here.id}:${data.aws_caller_identity.here.account_id}"
  }
}

# What docs/guides/ecs.md and docs/guides/operate-a-fleet.md ask for.
data "aws_iam_policy_document" "fleet" {
  statement {
    actions = [
      "ecs:RunTask", "ecs:StopTask", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:ListContainerInstances",
      "ecs:DescribeContainerInstances", "ecs:UpdateContainerInstancesState", "ecs:TagResource", "ecs:UntagResource",
    ]
    resources = ["*"]
    condition {
      test     = "ArnEqualsIfExists"
      variable = "ecs:cluster"
      values   = [var.cluster.arn]
    }
  }
  # These know no resource to be kept to.
  statement {
    actions = [
      "ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions",
      "ecs:DeregisterTaskDefinition", "ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
    ]
    resources = ["*"]
  }
  statement {
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["${local.arn.autoscaling}:autoScalingGroup:*:autoScalingGroupName/${var.name}-*"]
  }
  statement {
    actions   = ["ssm:PutParameter", "ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:GetParametersByPath"]
    resources = ["${local.arn.ssm}:parameter/metafleet/starts", "${local.arn.ssm}:parameter/metafleet/starts/*"]
  }
  statement {
    actions   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = [var.runners.log_group_arn, "${var.runners.log_group_arn}:*"]
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = [var.runners.task_role_arn, var.runners.execution_role_arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# What docs/guides/aws-monitoring.md asks for.
data "aws_iam_policy_document" "monitor" {
  #checkov:skip=CKV_AWS_356:PutMetricData and DescribeAlarms know no resource
  statement {
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["TradingPlatform/EA"]
    }
  }
  statement {
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["*"]
  }
  statement {
    actions   = ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"]
    resources = ["${local.arn.cloudwatch}:alarm:metafleet-*-ea-loss-*"]
  }
  statement {
    actions   = ["events:PutEvents"]
    resources = [var.event_bus_arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = ["metafleet"]
    }
  }
  dynamic "statement" {
    for_each = length(var.command_queue_arns) > 0 ? [var.command_queue_arns] : []

    content {
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
      resources = statement.value
    }
  }
  dynamic "statement" {
    for_each = length(var.command_queue_arns) > 0 ? [var.data_key_arn] : []

    content {
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "fleet" {
  name   = "fleet"
  role   = aws_iam_role.task["worker"].id
  policy = data.aws_iam_policy_document.fleet.json
}

resource "aws_iam_role_policy" "monitor" {
  name   = "monitor"
  role   = aws_iam_role.task["worker"].id
  policy = data.aws_iam_policy_document.monitor.json
}
