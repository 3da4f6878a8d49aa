data "aws_ssm_parameter" "linux" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}

module "cluster" {
  source             = "../cluster"
  name               = var.name
  capacity_providers = concat([module.linux_hosts.capacity_provider], module.windows_hosts[*].capacity_provider)
  key_arn            = module.kms.data_key_arn
}

module "services" {
  source               = "../services"
  name                 = var.name
  cluster              = module.cluster.cluster
  image                = var.image
  pooler               = var.pooler
  reads_backups        = file("${path.module}/../../lambdas/backup/read.py")
  sizes                = var.services
  spot                 = var.spot
  settings             = local.settings
  secret_arns          = merge(module.secrets.arns, var.cognito ? module.cognito[0].secret_arns : {})
  owner_secret_arn     = module.database.owner_secret_arn
  data_key_arn         = module.kms.data_key_arn
  vault_key_arn        = module.kms.vault_key_arn
  subnet_ids           = local.subnets[local.has_nat ? "web" : "public"]
  public_addresses     = !local.has_nat
  group_ids            = module.security.group_ids
  target_groups        = module.load_balancer.target_groups
  load_balancer_suffix = module.load_balancer.arn_suffix
  log_group            = module.cluster.service_log_group
  release_alarms       = module.alarms.release_alarms
  runners              = module.cluster.runners
  event_bus_arn        = module.messaging.event_bus.arn
  command_queue_arns   = [for queue in module.messaging.command_queues : queue.arn]
}

module "linux_hosts" {
  source            = "../hosts"
  name              = var.name
  system            = "linux"
  cluster_name      = var.name
  image_id          = data.aws_ssm_parameter.linux.insecure_value
  instance_types    = [var.linux_hosts.type]
  least             = var.linux_hosts.least
  most              = var.linux_hosts.most
  on_demand         = var.linux_hosts.on_demand
  disk_gb           = var.linux_hosts.disk_gb
  subnet_ids        = local.subnets["ea"]
  security_group_id = module.security.group_ids["ea"]
}

module "windows_hosts" {
  count = var.windows_hosts == null ? 0 : 1

  source            = "../hosts"
  name              = var.name
  system            = "windows"
  cluster_name      = var.name
  image_id          = var.windows_hosts.image_id
  instance_types    = [var.windows_hosts.type]
  least             = var.windows_hosts.least
  most              = var.windows_hosts.most
  on_demand         = var.windows_hosts.on_demand
  disk_gb           = var.windows_hosts.disk_gb
  subnet_ids        = local.subnets["ea"]
  security_group_id = module.security.group_ids["ea"]
}

module "alarms" {
  source               = "../alarms"
  name                 = var.name
  topic_arn            = module.messaging.alarm_topic_arn
  cluster_name         = module.cluster.cluster.name
  services             = keys(var.services)
  load_balancer_suffix = module.load_balancer.arn_suffix
  target_groups        = module.load_balancer.target_groups
  database             = module.database.identifier
  database_connections = var.database.connections
  scaling_groups       = concat([module.linux_hosts.scaling_group], module.windows_hosts[*].scaling_group)
  queues               = merge(module.messaging.queue_names, { dead = concat(module.messaging.queue_names.dead, [module.nightly.dead_queue]) })
}

module "budgets" {
  source      = "../budgets"
  name        = var.name
  limits_usd  = [var.budget_usd]
  environment = var.name
  emails      = var.emails
}
