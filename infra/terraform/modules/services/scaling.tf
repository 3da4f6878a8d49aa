locals {
  scaled = { for name, size in var.sizes : name => size if size.most > size.least }

  # Web and gateway by requests too: a second of patience costs no CPU. What AWS has ready for that counts the requests
  # of one target group; a release moves them to the other, so those of both are counted here.
  measures = merge(
    { for name, _ in local.scaled : "${name}-cpu" => { service = name, metric = "ECSServiceAverageCPUUtilization", target = 60 } },
    { for name, _ in local.scaled : "${name}-memory" => { service = name, metric = "ECSServiceAverageMemoryUtilization", target = 75 } },
    { for name, _ in local.scaled : "${name}-requests" => { service = name, metric = null, target = 6000 } if contains(keys(var.target_groups), name) },
  )

  requests = { for name, group in var.target_groups : name => { a = group.suffixes[0], b = group.suffixes[1] } }
}

resource "aws_appautoscaling_target" "main" {
  for_each = local.scaled

  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.main[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = each.value.least
  max_capacity       = each.value.most
}

resource "aws_appautoscaling_policy" "main" {
  for_each = local.measures

  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  resource_id        = aws_appautoscaling_target.main[each.value.service].resource_id
  scalable_dimension = aws_appautoscaling_target.main[each.value.service].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target # percent, or requests of a task in a minute
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    dynamic "predefined_metric_specification" {
      for_each = compact([each.value.metric])

      content {
        predefined_metric_type = predefined_metric_specification.value
      }
    }

    dynamic "customized_metric_specification" {
      for_each = each.value.metric == null ? [each.value.service] : []

      content {
        dynamic "metrics" {
          for_each = local.requests[each.value.service]

          content {
            id          = metrics.key
            return_data = false

            metric_stat {
              stat = "Sum"

              metric {
                namespace   = "AWS/ApplicationELB"
                metric_name = "RequestCount"

                dimensions {
                  name  = "LoadBalancer"
                  value = var.load_balancer_suffix
                }

                dimensions {
                  name  = "TargetGroup"
                  value = metrics.value
                }
              }
            }
          }
        }

        metrics {
          id          = "tasks"
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = "ECS/ContainerInsights"
              metric_name = "RunningTaskCount"

              dimensions {
                name  = "ClusterName"
                value = var.cluster.name
              }

              dimensions {
                name  = "ServiceName"
                value = customized_metric_specification.value
              }
            }
          }
        }

        metrics {
          id          = "each"
          label       = "Requests of a task in a minute"
          expression  = "(FILL(a, 0) + FILL(b, 0)) / tasks"
          return_data = true
        }
      }
    }
  }
}
