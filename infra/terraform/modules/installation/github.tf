data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  arn_of = "${data.aws_region.here.id}:${data.aws_caller_identity.here.account_id}"
  ecs    = "arn:${data.aws_partition.here.partition}:ecs:${local.arn_of}"
}

# What `metafleet deploy` and `metafleet rollback` do at AWS, and nothing else.
data "aws_iam_policy_document" "deploy" {
  statement {
    # These know no resource to be kept to.
    actions = [
      "ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "cloudwatch:DescribeAlarms",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }
  statement {
    actions   = ["ecs:TagResource"]
    resources = [for family in module.services.deployed.families : "${local.ecs}:task-definition/${family}:*"]
  }
  statement {
    actions   = ["ecs:UpdateService", "ecs:DescribeServices", "ecs:ListServiceDeployments"]
    resources = module.services.deployed.service_arns
  }
  statement {
    actions = ["ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:StopServiceDeployment"]
    resources = [
      for kind in ["service-deployment", "service-revision"] : "${local.ecs}:${kind}/${module.cluster.cluster.name}/*"
    ]
  }
  statement {
    actions   = ["ecs:RunTask"]
    resources = ["${local.ecs}:task-definition/${module.services.deployed.migrate}:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [module.cluster.cluster.arn]
    }
  }
  statement {
    actions   = ["ecs:DescribeTasks", "ecs:ListTasks"]
    resources = ["*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [module.cluster.cluster.arn]
    }
  }
  dynamic "statement" {
    for_each = module.edge[*].app_bucket.arn

    content {
      actions   = ["s3:PutObject"]
      resources = ["${statement.value}/*"]
    }
  }
  statement {
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = ["${module.cluster.service_log_group.arn}:*"]
  }
  statement {
    actions   = ["ecr:DescribeImages", "ecr:BatchGetImage"]
    resources = ["arn:${data.aws_partition.here.partition}:ecr:${local.arn_of}:repository/metafleet/*"]
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = module.services.deployed.role_arns
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    actions   = ["iam:PassRole"]
    resources = [module.services.deployed.balancer_role]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs.amazonaws.com"]
    }
  }
}

module "github" {
  count = var.github == null ? 0 : 1

  source      = "../github"
  name        = "${var.name}-deploy"
  repository  = var.github.repository
  environment = var.github.environment
  policy      = data.aws_iam_policy_document.deploy.json
}
