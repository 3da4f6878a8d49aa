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

# ECS itself, to start a task: its image, its log, its secrets.
data "aws_iam_policy_document" "start" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = ["${local.arn.ecr}:repository/metafleet/*"]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group.arn}:*"]
  }
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for setting, arn in var.secret_arns : arn if setting != "DATABASE_URL"]
  }
  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.data_key_arn]
  }
}

resource "aws_iam_role" "start" {
  name               = "${var.name}-start"
  assume_role_policy = data.aws_iam_policy_document.tasks_may.json
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.start.json
}

# ECS itself, to say which of two groups of tasks is given the requests.
data "aws_iam_policy_document" "ecs_may" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_iam_role" "switch" {
  name               = "${var.name}-switch"
  assume_role_policy = data.aws_iam_policy_document.ecs_may.json
}

resource "aws_iam_role_policy_attachment" "switch" {
  role       = aws_iam_role.switch.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

# Each service has its own role; gateway, judge and beat may do nothing at AWS.
resource "aws_iam_role" "task" {
  for_each = local.services

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.tasks_may.json
}

data "aws_iam_policy_document" "vault" {
  statement {
    actions   = ["kms:DescribeKey"]
    resources = [var.vault_key_arn]
  }
  # Only with the context that docs/guides/vault.md tells of. To turn keys (kms:Encrypt) is a person's role.
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.vault_key_arn]
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "kms:EncryptionContextKeys"
      values   = ["tenant", "owner"]
    }
    condition {
      test     = "Null"
      variable = "kms:EncryptionContext:tenant"
      values   = ["false"]
    }
  }
}

resource "aws_iam_role_policy" "vault" {
  for_each = toset(["web", "worker"])

  name   = "vault"
  role   = aws_iam_role.task[each.key].id
  policy = data.aws_iam_policy_document.vault.json
}
