data "aws_region" "here" {}

locals {
  graphs = {
    "CPU of services, %"    = [for service in sort(var.services) : ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", service]]
    "Memory of services, %" = [for service in sort(var.services) : ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", service]]
    "Requests" = [
      for name, group in local.colours :
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.load_balancer_suffix, "TargetGroup", group]
    ]
    "Failed requests" = [
      for name, group in local.colours :
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", var.load_balancer_suffix, "TargetGroup", group]
    ]
    "CPU of the database, %"      = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database]]
    "CPU of machines for EAs, %"  = [for group in var.scaling_groups : ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", group]]
    "Age of commands, s"          = [for queue in sort(var.queues.work) : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue]]
    "Cost of the month, US$"      = [for metric in ["MonthToDate", "Expected", "Budget"] : ["Metafleet/Cost", metric, "Environment", var.name]]
    "Backup restored in, s"       = [["Metafleet/Backups", "RestoreTime", "DBInstanceIdentifier", var.database]]
    "Connections of the database" = [["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database]]
  }
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for place, title in keys(local.graphs) : {
        type   = "metric"
        x      = place % 2 * 12
        y      = floor(place / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = title
          metrics = local.graphs[title]
          region  = data.aws_region.here.id
          period  = 60
          stat    = startswith(title, "Requests") || startswith(title, "Failed") ? "Sum" : "Average"
        }
      }
    ]
  })
}
