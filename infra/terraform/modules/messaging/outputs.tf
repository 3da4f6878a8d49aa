output "alarm_topic_arn" {
  description = "Tells of alarms and grave incidents; for METAFLEET_AWS_ALARM_TOPIC too."
  value       = aws_sns_topic.alarms.arn
}

output "event_bus" {
  description = "For METAFLEET_AWS_EVENT_BUS."
  value       = { name = aws_cloudwatch_event_bus.main.name, arn = aws_cloudwatch_event_bus.main.arn }
}

output "command_queues" {
  description = "Of each desk its queue, for METAFLEET_AWS_COMMAND_QUEUES."
  value       = { for desk, queue in aws_sqs_queue.commands : desk => { url = queue.url, arn = queue.arn } }
}

output "queue_names" {
  description = "As alarms name them: those that are worked off, and the dead letters."
  value = {
    work = [for queue in aws_sqs_queue.commands : queue.name]
    dead = concat([for queue in aws_sqs_queue.dead_commands : queue.name], [aws_sqs_queue.dead_events.name])
  }
}
