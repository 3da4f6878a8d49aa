# GitHub's own tokens are believed, so that no key of ours lies there. Which job may do what, roles say.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_kms_key" "images" {
  #checkov:skip=CKV2_AWS_64:The default policy is meant: the account decides by IAM
  description             = "metafleet: images"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

module "registry" {
  source  = "../modules/registry"
  key_arn = aws_kms_key.images.arn
}

data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"] # knows no resource to be kept to
    resources = ["*"]
  }
  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
      "ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages", "ecr:DescribeImageScanFindings",
    ]
    resources = module.registry.arns
  }
}

module "release" {
  source      = "../modules/github"
  name        = "metafleet-release"
  repository  = var.repository
  environment = "release"
  policy      = data.aws_iam_policy_document.push.json

  depends_on = [aws_iam_openid_connect_provider.github]
}
