locals {
  functions = {
    cost = {
      says     = "What the environment has cost this month, and where that leads"
      settings = { NAME = var.name, BUDGET_USD = tostring(var.budget_usd), TOPIC_ARN = var.topic_arn }
      rights   = data.aws_iam_policy_document.cost.json
    }
    backup = {
      says = "Restores the database's backup beside it and has it read"
      settings = {
        DATABASE        = var.database.identifier
        SUBNET_GROUP    = var.database.subnet_group
        PARAMETER_GROUP = var.database.parameter_group
        SECURITY_GROUP  = var.database.security_group
        INSTANCE_CLASS  = var.database.class
        CLUSTER         = var.reader.cluster_arn
        TASK            = var.reader.family
        SUBNETS         = join(",", var.reader.subnet_ids)
        TASK_GROUP      = var.reader.security_group
        PUBLIC_ADDRESS  = var.reader.public_address ? "ENABLED" : "DISABLED"
        TOPIC_ARN       = var.topic_arn
      }
      rights = data.aws_iam_policy_document.backup.json
    }
  }

  # UTC: after the backup window, before the week's work; cost when Cost Explorer knows yesterday.
  times = {
    cost  = { function = "cost", when = "cron(30 9 * * ? *)", input = {} }
    start = { function = "backup", when = "cron(15 3 * * ? *)", input = { do = "start" } }
    check = { function = "backup", when = "cron(0/10 3-8 * * ? *)", input = { do = "check" } }
  }
}

resource "aws_cloudwatch_log_group" "main" {
  #checkov:skip=CKV_AWS_338:Kept as long as it is of use, for the sake of whose names are in it
  for_each = toset(["cost", "backup"]) # the functions' rights name these, so the functions cannot name them

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

# A call that fails is tried twice more; then it lies here, and an alarm rings.
resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-nightly-dead"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = 1209600
}

resource "aws_lambda_function" "main" {
  #checkov:skip=CKV_AWS_50:Two calls a night, in the log
  #checkov:skip=CKV_AWS_115:A small account has none to reserve
  #checkov:skip=CKV_AWS_117:It speaks to AWS only, and dev has no NAT
  #checkov:skip=CKV_AWS_272:Packed from this repository by whoever applies it
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  description      = each.value.says
  filename         = "${var.packages}/${each.key}.zip"
  source_code_hash = filebase64sha256("${var.packages}/${each.key}.zip")
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = "handler.handler"
  role             = aws_iam_role.main[each.key].arn
  timeout          = 60
  memory_size      = 256
  kms_key_arn      = var.key_arn

  environment {
    variables = each.value.settings
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.main[each.key].name
  }

  depends_on = [aws_iam_role_policy.main]
}

resource "aws_scheduler_schedule" "main" {
  for_each = local.times

  name                = "${var.name}-${each.key}"
  schedule_expression = each.value.when
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.main[each.value.function].arn
    role_arn = aws_iam_role.schedule.arn
    input    = jsonencode(each.value.input)

    dead_letter_config {
      arn = aws_sqs_queue.dead.arn
    }
  }
}

# A night without a verified backup rings, for whichever reason there was none.
resource "aws_cloudwatch_metric_alarm" "backup" {
  alarm_name          = "${var.name}-backup-not-verified"
  alarm_description   = "No backup of ${var.database.identifier} has been restored and read within a day."
  namespace           = "Metafleet/Backups"
  metric_name         = "Verified"
  dimensions          = { DBInstanceIdentifier = var.database.identifier }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 86400
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
