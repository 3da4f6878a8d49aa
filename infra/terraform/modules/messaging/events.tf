data "aws_caller_identity" "here" {}

resource "aws_cloudwatch_event_bus" "main" {
  name = var.name
}

# Late heartbeats and grave losses come this way: they are incidents.
resource "aws_cloudwatch_event_rule" "grave" {
  name           = "${var.name}-grave-incidents"
  description    = "Critical incidents that opened or got worse"
  event_bus_name = aws_cloudwatch_event_bus.main.name

  event_pattern = jsonencode({
    source        = ["metafleet"]
    "detail-type" = ["Incident"]
    detail        = { severity = ["critical"], event = ["opened", "worse"] }
  })
}

resource "aws_cloudwatch_event_target" "grave" {
  rule           = aws_cloudwatch_event_rule.grave.name
  event_bus_name = aws_cloudwatch_event_bus.main.name
  arn            = aws_sns_topic.alarms.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_events.arn
  }
}

resource "aws_sqs_queue" "dead_events" {
  name                      = "${var.name}-events-dead"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = 1209600
}

data "aws_iam_policy_document" "dead_events" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_events.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.grave.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "dead_events" {
  queue_url = aws_sqs_queue.dead_events.url
  policy    = data.aws_iam_policy_document.dead_events.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.here.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}
