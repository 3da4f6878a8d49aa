# EAs' losses have alarms of their own, which the product keeps; late heartbeats are incidents and come by EventBridge.
locals {
  # A release moves the requests from one group to the other, so both are watched.
  colours = merge([
    for name, group in var.target_groups : { (name) = group.suffixes[0], "${name}-b" = group.suffixes[1] }
  ]...)

  alarms = merge(
    {
      for service in var.services : "${service}-cpu" => {
        namespace  = "AWS/ECS", metric = "CPUUtilization", statistic = "Average", above = 80, minutes = 5
        dimensions = { ClusterName = var.cluster_name, ServiceName = service }
        says       = "${service} has used more than 80 % of its CPU for five minutes."
      }
    },
    {
      for service in var.services : "${service}-memory" => {
        namespace  = "AWS/ECS", metric = "MemoryUtilization", statistic = "Average", above = 90, minutes = 5
        dimensions = { ClusterName = var.cluster_name, ServiceName = service }
        says       = "${service} has used more than 90 % of its memory for five minutes."
      }
    },
    {
      for name, group in local.colours : "${name}-5xx" => {
        namespace  = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", above = 10, minutes = 2
        dimensions = { LoadBalancer = var.load_balancer_suffix, TargetGroup = group }
        says       = "${name} has failed more than ten requests a minute for two minutes."
      }
    },
    {
      for name, group in local.colours : "${name}-unhealthy" => {
        namespace  = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum", above = 0, minutes = 3
        dimensions = { LoadBalancer = var.load_balancer_suffix, TargetGroup = group }
        says       = "A task of ${name} has been unhealthy for three minutes."
      }
    },
    {
      load-balancer-5xx = {
        namespace  = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", statistic = "Sum", above = 10, minutes = 2
        dimensions = { LoadBalancer = var.load_balancer_suffix }
        says       = "The load balancer has found nobody for more than ten requests a minute for two minutes."
      }
      database-cpu = {
        namespace  = "AWS/RDS", metric = "CPUUtilization", statistic = "Average", above = 80, minutes = 5
        dimensions = { DBInstanceIdentifier = var.database }
        says       = "The database has used more than 80 % of its CPU for five minutes."
      }
      database-connections = {
        namespace  = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
        above      = floor(var.database_connections * 0.8), minutes = 3
        dimensions = { DBInstanceIdentifier = var.database }
        says       = "More than 80 % of the database's connections have been taken for three minutes."
      }
    },
    {
      for group in var.scaling_groups : "${group}-cpu" => {
        namespace  = "AWS/EC2", metric = "CPUUtilization", statistic = "Average", above = 80, minutes = 5
        dimensions = { AutoScalingGroupName = group }
        says       = "The machines of ${group} have used more than 80 % of their CPU for five minutes."
      }
    },
    {
      for queue in var.queues.work : "${queue}-age" => {
        namespace  = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", above = 60, minutes = 2
        dimensions = { QueueName = queue }
        says       = "A command has waited for more than a minute in ${queue}."
      }
    },
    {
      for queue in var.queues.dead : "${queue}-dead" => {
        namespace  = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", above = 0, minutes = 1
        dimensions = { QueueName = queue }
        says       = "Something was given up and lies in ${queue}."
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "main" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
