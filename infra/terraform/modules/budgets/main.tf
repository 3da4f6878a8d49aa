# The tag has to be switched on once as a cost allocation tag, in the account that pays.
resource "aws_budgets_budget" "main" {
  for_each = { for limit in var.limits_usd : tostring(limit) => limit }

  name         = "${var.name}-${each.key}-usd"
  budget_type  = "COST"
  limit_amount = each.key
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "cost_filter" {
    for_each = var.environment == null ? [] : [var.environment]

    content {
      name   = "TagKeyValue"
      values = [join("$", ["user:Environment", cost_filter.value])]
    }
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = var.emails
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    notification_type          = "ACTUAL"
    subscriber_email_addresses = var.emails
  }
}
