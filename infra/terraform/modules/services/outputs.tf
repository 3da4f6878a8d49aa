output "names" {
  description = "The services, as alarms name them."
  value       = [for service in aws_ecs_service.main : service.name]
}

output "deployed" {
  description = "What a release may replace: services, families of task definitions, and the roles that it hands on."
  value = {
    service_arns  = [for service in aws_ecs_service.main : service.id]
    families      = concat([for task in aws_ecs_task_definition.main : task.family], [aws_ecs_task_definition.migrate.family])
    migrate       = aws_ecs_task_definition.migrate.family
    role_arns     = concat([aws_iam_role.start.arn, aws_iam_role.migrate.arn], [for role in aws_iam_role.task : role.arn])
    balancer_role = aws_iam_role.switch.arn
  }
}

output "reader" {
  description = "The task that reads a restored backup: family, and the role by which it starts."
  value       = { family = aws_ecs_task_definition.read.family, role_arn = aws_iam_role.migrate.arn }
}
