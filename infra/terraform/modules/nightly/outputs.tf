output "dead_queue" {
  description = "As alarms name it."
  value       = aws_sqs_queue.dead.name
}
