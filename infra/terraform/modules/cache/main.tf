resource "aws_elasticache_subnet_group" "main" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "main" {
  name        = var.name
  family      = "redis7"
  description = "A full cache refuses writes rather than forgetting tasks"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

# One shard: Celery speaks to one primary and knows no others (docs/decisions/039-aws.md).
resource "aws_elasticache_replication_group" "main" {
  #checkov:skip=CKV2_AWS_50:Where there is a replica; dev has none
  replication_group_id = var.name
  description          = "${var.name}: nudges, limits, live messages"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.node_type
  num_cache_clusters   = var.replicas + 1
  port                 = 6379

  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.replicas > 0
  parameter_group_name       = aws_elasticache_parameter_group.main.name
  subnet_group_name          = aws_elasticache_subnet_group.main.name
  security_group_ids         = [var.security_group_id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arn
  transit_encryption_enabled = true
  auth_token                 = var.password

  maintenance_window         = "sat:05:00-sat:06:00"
  auto_minor_version_upgrade = true
}
