output "group_ids" {
  description = "Security groups: load_balancer, web, gateway, worker, ea, database, cache."
  value = merge(
    { load_balancer = aws_security_group.load_balancer.id },
    { for name, group in aws_security_group.inner : name => group.id },
  )
}
