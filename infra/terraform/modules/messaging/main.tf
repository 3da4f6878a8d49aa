# Whoever may send to a desk's queue may trade on all of the desk's accounts: by IAM of this account alone.
resource "aws_sqs_queue" "commands" {
  for_each = var.desks

  name                       = "${var.name}-commands-${each.key}"
  kms_master_key_id          = var.key_arn
  message_retention_seconds  = 3600
  visibility_timeout_seconds = 30
  receive_wait_time_seconds  = 20

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_commands[each.key].arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue" "dead_commands" {
  for_each = var.desks

  name                      = "${var.name}-commands-${each.key}-dead"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = 1209600
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}
