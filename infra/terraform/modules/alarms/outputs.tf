output "release_alarms" {
  description = "Of web and gateway: the alarms that take a release back when they ring."
  value = {
    for name, _ in var.target_groups : name => [
      for alarm in ["${name}-5xx", "${name}-b-5xx", "${name}-unhealthy", "${name}-b-unhealthy"] :
      aws_cloudwatch_metric_alarm.main[alarm].alarm_name
    ]
  }
}

output "names" {
  description = "All alarms."
  value       = [for alarm in aws_cloudwatch_metric_alarm.main : alarm.alarm_name]
}
