output "dns_name" {
  description = "What both host names have to point at."
  value       = aws_lb.main.dns_name
}

output "zone_id" {
  description = "For an alias in Route 53."
  value       = aws_lb.main.zone_id
}

output "arn_suffix" {
  description = "As alarms and scaling name it."
  value       = aws_lb.main.arn_suffix
}

output "target_groups" {
  description = "Of web and gateway: both groups' ARNs, both suffixes, and the rule that says which of them serves."
  value = {
    for name, rule in aws_lb_listener_rule.host : name => {
      arns     = [for colour in [name, "${name}-b"] : aws_lb_target_group.main[colour].arn]
      suffixes = [for colour in [name, "${name}-b"] : aws_lb_target_group.main[colour].arn_suffix]
      rule_arn = rule.arn
    }
  }

  depends_on = [aws_lb_listener_rule.host] # a service may only begin once its group is listened for
}
