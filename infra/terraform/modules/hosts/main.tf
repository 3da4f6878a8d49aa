locals {
  full_name = "${var.name}-${var.system}"

  # An EA has no business with its machine's own role.
  user_data = {
    linux   = <<-EOT
      #!/bin/bash
      cat >> /etc/ecs/ecs.config <<CONFIG
      ECS_CLUSTER=${var.cluster_name}
      ECS_AWSVPC_BLOCK_IMDS=true
      ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
      CONFIG
    EOT
    windows = <<-EOT
      <powershell>
      [Environment]::SetEnvironmentVariable("ECS_ENABLE_SPOT_INSTANCE_DRAINING", "true", "Machine")
      Initialize-ECSAgent -Cluster ${var.cluster_name} -EnableTaskENI -AwsvpcBlockIMDS
      </powershell>
    EOT
  }
}

resource "aws_launch_template" "main" {
  name                   = local.full_name
  image_id               = var.image_id
  instance_type          = var.instance_types[0]
  update_default_version = true
  user_data              = base64encode(local.user_data[var.system])
  vpc_security_group_ids = [var.security_group_id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.main.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = var.system == "linux" ? "/dev/xvda" : "/dev/sda1"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gb
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = local.full_name }
  }
}

# ECS says how many are needed, so what is wanted is not ours to set again.
resource "aws_autoscaling_group" "main" {
  name                  = local.full_name
  vpc_zone_identifier   = var.subnet_ids
  min_size              = var.least
  max_size              = var.most
  health_check_type     = "EC2"
  protect_from_scale_in = true
  capacity_rebalance    = true

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = var.on_demand
      on_demand_percentage_above_base_capacity = var.on_demand_percent
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.main.id
        version            = aws_launch_template.main.latest_version
      }

      dynamic "override" {
        for_each = var.instance_types

        content {
          instance_type = override.value
        }
      }
    }
  }

  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "main" {
  name = local.full_name

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.main.arn
    managed_termination_protection = "ENABLED" # a machine on which an EA trades is not taken away
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = 100
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 5
      instance_warmup_period    = var.system == "linux" ? 60 : 300
    }
  }
}
