data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

locals {
  issuer = "token.actions.githubusercontent.com"
}

# Only a job of that repository, and only while it runs in that environment, whose rules say who approves.
data "aws_iam_policy_document" "workflow_may" {
  #checkov:skip=CKV_AWS_358:The claim is one repository and one environment, both variables without patterns
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.here.account_id}:oidc-provider/${local.issuer}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["repo:${var.repository}:environment:${var.environment}"]
    }
  }
}

resource "aws_iam_role" "main" {
  name                 = var.name
  description          = "GitHub's workflows of ${var.repository}, in the environment ${var.environment}"
  assume_role_policy   = data.aws_iam_policy_document.workflow_may.json
  max_session_duration = 7200 # a release waits for two bake times
}

resource "aws_iam_role_policy" "main" {
  name   = "work"
  role   = aws_iam_role.main.id
  policy = var.policy
}
