# PgBouncer beside each program, on a socket in a volume of their task: nothing listens on the network, no certificate
# of our own is needed, and what pools is never down alone. docs/guides/production.md says what goes past it.
locals {
  sockets = "/run/pgbouncer"

  pooler = {
    name                   = "pooler"
    image                  = var.pooler.image
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 70 # after the program that it serves
    environment = [
      { name = "POOLER_CONNECTIONS", value = tostring(var.pooler.connections) },
      { name = "DATABASE_AUTHORITIES", value = var.pooler.authorities },
    ]
    secrets     = [{ name = "METAFLEET_APP_DATABASE_URL", valueFrom = var.secret_arns["METAFLEET_APP_DATABASE_URL"] }]
    mountPoints = [{ sourceVolume = "pooler", containerPath = local.sockets, readOnly = false }]
    healthCheck = {
      command = ["CMD", "test", "-S", "${local.sockets}/.s.PGSQL.5432"], interval = 5, timeout = 3, retries = 3, startPeriod = 10
    }
    linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = var.log_group.name
        "awslogs-region"        = data.aws_region.here.id
        "awslogs-stream-prefix" = "pooler"
      }
    }
  }

  # The socket asks no password.
  pooled = {
    METAFLEET_POOLED_DATABASE_URL = "postgresql://${var.pooler.login}@/metafleet?host=${local.sockets}"
  }
}
