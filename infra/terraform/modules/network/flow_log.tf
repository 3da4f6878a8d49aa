locals {
  flow_logs = var.flow_log_days > 0 ? 1 : 0
}

resource "aws_cloudwatch_log_group" "flows" {
  #checkov:skip=CKV_AWS_338:Kept as long as it is of use, for the sake of whose names are in it
  count = local.flow_logs

  name              = "/${var.name}/flows"
  retention_in_days = var.flow_log_days
  kms_key_id        = var.log_key_arn
}

data "aws_iam_policy_document" "flows_may" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flows" {
  count = local.flow_logs

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flows[0].arn}:*"]
  }
}

resource "aws_iam_role" "flows" {
  count = local.flow_logs

  name               = "${var.name}-flows"
  assume_role_policy = data.aws_iam_policy_document.flows_may.json
}

resource "aws_iam_role_policy" "flows" {
  count = local.flow_logs

  name   = "write"
  role   = aws_iam_role.flows[0].id
  policy = data.aws_iam_policy_document.flows[0].json
}

resource "aws_flow_log" "main" {
  count = local.flow_logs

  vpc_id          = aws_vpc.main.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.flows[0].arn
  iam_role_arn    = aws_iam_role.flows[0].arn
}
