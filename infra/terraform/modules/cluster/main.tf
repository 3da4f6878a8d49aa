resource "aws_ecs_cluster" "main" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], var.capacity_providers)
}

resource "aws_cloudwatch_log_group" "runners" {
  #checkov:skip=CKV_AWS_338:Kept as long as it is of use, for the sake of whose names are in it
  name              = "/${var.name}/runners"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_cloudwatch_log_group" "services" {
  #checkov:skip=CKV_AWS_338:Kept as long as it is of use, for the sake of whose names are in it
  name              = "/${var.name}/services"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}
