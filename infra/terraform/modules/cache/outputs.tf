output "address" {
  description = "Host of the primary; its port is 6379, by TLS."
  value       = aws_elasticache_replication_group.main.primary_endpoint_address
}

output "node_ids" {
  description = "As alarms name them."
  value       = aws_elasticache_replication_group.main.member_clusters
}
