data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

# Who asked for what, of load balancer and CloudFront. AWS writes such logs under keys of its own only.
resource "aws_s3_bucket" "main" {
  #checkov:skip=CKV_AWS_18:It is the log of who asks
  #checkov:skip=CKV_AWS_21:Nothing is written over
  #checkov:skip=CKV_AWS_144:A log of 90 days
  #checkov:skip=CKV_AWS_145:A load balancer writes under a key of S3 only
  #checkov:skip=CKV2_AWS_62:Nobody waits for what comes
  bucket_prefix = "${var.name}-requests-"
  force_destroy = !var.protected
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket = aws_s3_bucket.main.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    expiration {
      days = var.days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "writers" {
  statement {
    sid       = "OnlyByTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.main.arn, "${aws_s3_bucket.main.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
  # As AWS' manual of load balancers has it: kept to this account by the path.
  statement {
    sid       = "LoadBalancerWrites"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.main.arn}/load-balancer/AWSLogs/${data.aws_caller_identity.here.account_id}/*"]
    principals {
      type        = "Service"
      identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
  }
  statement {
    sid       = "CloudFrontWrites"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.main.arn}/cloudfront/*"]
    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values = [
        "arn:${data.aws_partition.here.partition}:logs:*:${data.aws_caller_identity.here.account_id}:delivery-source:*",
      ]
    }
  }
}

resource "aws_s3_bucket_policy" "main" {
  bucket = aws_s3_bucket.main.id
  policy = data.aws_iam_policy_document.writers.json

  depends_on = [aws_s3_bucket_public_access_block.main]
}
