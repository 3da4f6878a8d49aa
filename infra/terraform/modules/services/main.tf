data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

locals {
  # The image's own words for its programs (infra/docker/api/entry).
  services = {
    web     = { group = "web", port = 8000 }
    gateway = { group = "gateway", port = 8001 }
    worker  = { group = "worker", port = null }
    judge   = { group = "worker", port = null }
    beat    = { group = "worker", port = null }
  }

  alone = toset([for name, size in var.sizes : name if size.most == 1])
}

resource "aws_ecs_task_definition" "main" {
  #checkov:skip=CKV_AWS_336:Fargate has no tmpfs, and the product writes to /tmp and /data
  for_each = local.services

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes[each.key].cpu
  memory                   = var.sizes[each.key].memory
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.task[each.key].arn

  volume {
    name = "pooler"
  }

  container_definitions = jsonencode([{
    name         = each.key
    image        = var.image
    command      = [each.key]
    essential    = true
    stopTimeout  = 60
    dependsOn    = [{ containerName = "pooler", condition = "HEALTHY" }]
    mountPoints  = [{ sourceVolume = "pooler", containerPath = local.sockets, readOnly = true }]
    healthCheck  = { command = ["CMD", "health"], interval = 15, timeout = 5, retries = 4, startPeriod = 60 }
    portMappings = [for port in compact([each.value.port]) : { containerPort = tonumber(port) }]
    environment  = [for setting, value in merge(local.pooled, var.settings) : { name = setting, value = value }]
    secrets      = [for setting, arn in var.secret_arns : { name = setting, valueFrom = arn } if setting != "DATABASE_URL"]
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = var.log_group.name
        "awslogs-region"        = data.aws_region.here.id
        "awslogs-stream-prefix" = each.key
      }
    }
  }, local.pooler])
}

resource "aws_ecs_service" "main" {
  for_each = local.services

  name            = each.key
  cluster         = var.cluster.arn
  task_definition = aws_ecs_task_definition.main[each.key].arn
  desired_count   = var.sizes[each.key].least

  # Of what there is one, the old goes before the new comes.
  deployment_minimum_healthy_percent = contains(local.alone, each.key) && each.value.port == null ? 0 : 100
  deployment_maximum_percent         = contains(local.alone, each.key) && each.value.port == null ? 100 : 200
  health_check_grace_period_seconds  = each.value.port == null ? null : 60
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  capacity_provider_strategy {
    capacity_provider = var.spot ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }

  # Of the others a start that fails is given up by this; blue/green gives up by itself, and by the alarms.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = contains(keys(var.release_alarms), each.key) ? [var.release_alarms[each.key]] : []

    content {
      alarm_names = alarms.value
      enable      = true
      rollback    = true
    }
  }

  # provider 6: begin
  # Rules give all requests to the new tasks at once; the old ones stay through the bake time, to go back to.
  dynamic "deployment_configuration" {
    for_each = compact([each.value.port])

    content {
      strategy             = "BLUE_GREEN"
      bake_time_in_minutes = var.bake_minutes
    }
  }
  # provider 6: end

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.group_ids[each.value.group]]
    assign_public_ip = var.public_addresses
  }

  dynamic "load_balancer" {
    for_each = compact([each.value.port])

    content {
      target_group_arn = var.target_groups[each.key].arns[0]
      container_name   = each.key
      container_port   = load_balancer.value

      # provider 6: begin
      advanced_configuration {
        alternate_target_group_arn = var.target_groups[each.key].arns[1]
        production_listener_rule   = var.target_groups[each.key].rule_arn
        role_arn                   = aws_iam_role.switch.arn
      }
      # provider 6: end
    }
  }

  lifecycle {
    ignore_changes = [desired_count, task_definition] # scaling's to say, and a release's
  }
}
