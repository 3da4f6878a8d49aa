output "capacity_provider" {
  description = "For METAFLEET_ECS_CAPACITY_PROVIDER, or METAFLEET_ECS_WINDOWS_CAPACITY_PROVIDER."
  value       = aws_ecs_capacity_provider.main.name
}

output "scaling_group" {
  description = "As alarms name it."
  value       = aws_autoscaling_group.main.name
}
