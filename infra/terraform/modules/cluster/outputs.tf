output "cluster" {
  description = "Name for METAFLEET_ECS_CLUSTER, and arn."
  value       = { name = aws_ecs_cluster.main.name, arn = aws_ecs_cluster.main.arn }
}

output "runners" {
  description = "For METAFLEET_ECS_TASK_ROLE, METAFLEET_ECS_EXECUTION_ROLE and METAFLEET_ECS_LOG_GROUP."
  value = {
    task_role_arn      = aws_iam_role.runner.arn
    execution_role_arn = aws_iam_role.runner_start.arn
    log_group          = aws_cloudwatch_log_group.runners.name
    log_group_arn      = aws_cloudwatch_log_group.runners.arn
  }
}

output "service_log_group" {
  description = "Where services write."
  value       = { name = aws_cloudwatch_log_group.services.name, arn = aws_cloudwatch_log_group.services.arn }
}
