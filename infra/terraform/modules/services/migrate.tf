locals {
  # RDS turns the owner's password each week. libpq takes it from here where DATABASE_URL names none, so that each task
  # starts with the one that is valid then.
  owner_password = [{ name = "PGPASSWORD", valueFrom = "${var.owner_secret_arn}:password::" }]
}

# One task and then no more: a release runs it before its services. Only it is told the owner's way into the database.
resource "aws_ecs_task_definition" "migrate" {
  #checkov:skip=CKV_AWS_336:metafleet migrate lays out its data folder
  family                   = "${var.name}-migrate"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.migrate.arn

  volume {
    name = "pooler"
  }

  # It asks the database itself; of the pooler it needs what it lays out, the authorities' certificates.
  container_definitions = jsonencode([{
    name            = "migrate"
    image           = var.image
    command         = ["migrate"]
    dependsOn       = [{ containerName = "pooler", condition = "HEALTHY" }]
    mountPoints     = [{ sourceVolume = "pooler", containerPath = local.sockets, readOnly = true }]
    essential       = true
    environment     = [for setting, value in var.settings : { name = setting, value = value }]
    secrets         = concat([for setting, arn in var.secret_arns : { name = setting, valueFrom = arn }], local.owner_password)
    linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = var.log_group.name
        "awslogs-region"        = data.aws_region.here.id
        "awslogs-stream-prefix" = "migrate"
      }
    }
  }, merge(local.pooler, { essential = false })])
}

data "aws_iam_policy_document" "migrate" {
  source_policy_documents = [data.aws_iam_policy_document.start.json]

  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.secret_arns["DATABASE_URL"], var.owner_secret_arn]
  }
}

resource "aws_iam_role" "migrate" {
  name               = "${var.name}-migrate-start"
  assume_role_policy = data.aws_iam_policy_document.tasks_may.json
}

resource "aws_iam_role_policy" "migrate" {
  name   = "start"
  role   = aws_iam_role.migrate.id
  policy = data.aws_iam_policy_document.migrate.json
}
