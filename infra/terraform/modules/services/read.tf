# Reads a restored backup, in the night (infra/terraform/lambdas/backup): the product's image, with its driver of PostgreSQL.
resource "aws_ecs_task_definition" "read" {
  family                   = "${var.name}-read"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.migrate.arn

  volume {
    name = "pooler"
  }

  container_definitions = jsonencode([{
    name      = "read"
    image     = var.image
    command   = ["python", "-c", var.reads_backups]
    essential = true

    readonlyRootFilesystem = true
    dependsOn              = [{ containerName = "pooler", condition = "HEALTHY" }]
    mountPoints            = [{ sourceVolume = "pooler", containerPath = local.sockets, readOnly = true }]
    secrets                = concat([{ name = "DATABASE_URL", valueFrom = var.secret_arns["DATABASE_URL"] }], local.owner_password)
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = var.log_group.name
        "awslogs-region"        = data.aws_region.here.id
        "awslogs-stream-prefix" = "read"
      }
    }
  }, merge(local.pooler, { essential = false })])
}
