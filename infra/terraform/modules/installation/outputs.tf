output "dns_names" {
  description = "Of web and gateway, what their host names have to point at."
  value = {
    web     = var.edge ? module.edge[0].dns_name : module.load_balancer.dns_name
    gateway = module.load_balancer.dns_name
  }
}

output "app_bucket" {
  description = "For the variable APP_BUCKET of the environment on GitHub; null without CloudFront."
  value       = one(module.edge[*].app_bucket.name)
}

output "database_address" {
  description = "For DATABASE_URL and METAFLEET_APP_DATABASE_URL."
  value       = module.database.address
}

output "cache_address" {
  description = "For REDIS_URL."
  value       = module.cache.address
}

output "alarm_names" {
  description = "All alarms; those that take a release back are among them."
  value       = module.alarms.names
}

output "command_queues" {
  description = "Of each desk its queue, for METAFLEET_AWS_COMMAND_QUEUES."
  value       = module.messaging.command_queues
}

output "deploy_role_arn" {
  description = "For the variable AWS_DEPLOY_ROLE of the environment on GitHub; null where none may deploy."
  value       = one(module.github[*].role_arn)
}
