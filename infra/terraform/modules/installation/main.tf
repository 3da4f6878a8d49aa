data "aws_region" "here" {}

locals {
  has_nat = var.nat != "none"
  subnets = module.network.subnet_ids

  settings = merge({
    METAFLEET_PRODUCTION         = "true"
    METAFLEET_DEMO               = "false"
    METAFLEET_SECURE_COOKIES     = "true"
    METAFLEET_ALLOWED_HOSTS      = var.web_host
    METAFLEET_TRUSTED_ORIGINS    = "https://${var.web_host}"
    METAFLEET_GATEWAY_URL        = "https://${var.gateway_host}"
    FORWARDED_ALLOW_IPS          = join(",", local.proxies)
    METAFLEET_VAULT_PROVIDER     = "aws-kms"
    METAFLEET_VAULT_KMS_KEY      = module.kms.vault_key_arn
    METAFLEET_VAULT_KMS_REGION   = data.aws_region.here.id
    METAFLEET_FLEET_DRIVER       = "ecs"
    METAFLEET_ECS_CLUSTER        = module.cluster.cluster.name
    METAFLEET_ECS_REGION         = data.aws_region.here.id
    METAFLEET_ECS_IMAGE          = var.runner_image
    METAFLEET_ECS_TASK_ROLE      = module.cluster.runners.task_role_arn
    METAFLEET_ECS_EXECUTION_ROLE = module.cluster.runners.execution_role_arn
    METAFLEET_ECS_LOG_GROUP      = module.cluster.runners.log_group
    METAFLEET_AWS_REGION         = data.aws_region.here.id
    METAFLEET_AWS_METRICS        = "true"
    METAFLEET_AWS_ALARM_TOPIC    = module.messaging.alarm_topic_arn
    METAFLEET_AWS_EVENT_BUS      = module.messaging.event_bus.name

    METAFLEET_ECS_CAPACITY_PROVIDER = module.linux_hosts.capacity_provider
    METAFLEET_AWS_ALARM_LOSS        = tostring(var.ea_loss)
    }, var.cognito ? module.cognito[0].settings : {}, var.windows_hosts == null ? {} : {
    METAFLEET_ECS_WINDOWS_IMAGE             = var.windows_hosts.runner_image
    METAFLEET_ECS_WINDOWS_CAPACITY_PROVIDER = module.windows_hosts[0].capacity_provider
  }, var.settings)
}

module "kms" {
  source = "../kms"
  name   = var.name
}

module "network" {
  source        = "../network"
  name          = var.name
  nat           = var.nat
  flow_log_days = var.flow_log_days
  log_key_arn   = module.kms.data_key_arn
  endpoints     = var.endpoints
}

module "cognito" {
  count = var.cognito ? 1 : 0

  source    = "../cognito"
  name      = var.name
  web_host  = var.web_host
  key_arn   = module.kms.data_key_arn
  protected = var.protected
}

module "security" {
  source = "../security"
  name   = var.name
  vpc_id = module.network.vpc_id
}

module "secrets" {
  source  = "../secrets"
  name    = var.name
  key_arn = module.kms.data_key_arn
}

module "database" {
  source            = "../database"
  name              = var.name
  subnet_ids        = local.subnets["database"]
  security_group_id = module.security.group_ids["database"]
  key_arn           = module.kms.data_key_arn
  instance_class    = var.database.class
  storage_gb        = var.database.storage_gb
  multi_az          = var.database.multi_az
  replicas          = var.database.replicas
  backup_days       = var.database.backup_days
  protected         = var.protected
}

module "cache" {
  source            = "../cache"
  name              = var.name
  subnet_ids        = local.subnets["database"]
  security_group_id = module.security.group_ids["cache"]
  key_arn           = module.kms.data_key_arn
  node_type         = var.cache.node_type
  replicas          = var.cache.replicas
  password          = var.cache_password
}

module "messaging" {
  source  = "../messaging"
  name    = var.name
  key_arn = module.kms.data_key_arn
  desks   = var.desks
  emails  = var.emails
}

module "load_balancer" {
  source            = "../load_balancer"
  name              = var.name
  vpc_id            = module.network.vpc_id
  subnet_ids        = local.subnets["public"]
  security_group_id = module.security.group_ids["load_balancer"]
  certificate_arn   = var.certificate_arn
  web_host          = var.web_host
  gateway_host      = var.gateway_host
  firewall          = var.firewall
  firewall_arn      = one(module.firewall[*].arn)
  edge_key          = var.edge ? var.edge_key : null
  log_bucket        = module.access_logs.bucket.name
  protected         = var.protected
}
