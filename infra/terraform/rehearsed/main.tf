# Of an installation what moto's server knows, for rehearse-apply; nobody installs this.
locals {
  name = "metafleet-rehearsed"
}

module "kms" {
  source = "../modules/kms"
  name   = local.name
}

module "network" {
  source        = "../modules/network"
  name          = local.name
  nat           = "one"
  flow_log_days = 7
  log_key_arn   = module.kms.data_key_arn
  endpoints     = ["kms"]
}

module "security" {
  source = "../modules/security"
  name   = local.name
  vpc_id = module.network.vpc_id
}

module "messaging" {
  source  = "../modules/messaging"
  name    = local.name
  key_arn = module.kms.data_key_arn
  desks   = ["alice"]
  emails  = ["a@example.com"]
}

module "secrets" {
  source  = "../modules/secrets"
  name    = local.name
  key_arn = module.kms.data_key_arn
}

module "cognito" {
  source    = "../modules/cognito"
  name      = local.name
  web_host  = "app.example.com"
  key_arn   = module.kms.data_key_arn
  protected = false
}

module "cluster" {
  source  = "../modules/cluster"
  name    = local.name
  key_arn = module.kms.data_key_arn
}

module "nightly" {
  source     = "../modules/nightly"
  name       = local.name
  packages   = "${path.module}/../lambdas/.built"
  budget_usd = 100
  topic_arn  = module.messaging.alarm_topic_arn
  key_arn    = module.kms.data_key_arn

  database = {
    identifier     = local.name, class = "db.t4g.micro", subnet_group = local.name, parameter_group = local.name
    security_group = module.security.group_ids["database"]
  }

  reader = {
    family         = "${local.name}-read"
    role_arn       = module.cluster.runners.execution_role_arn
    cluster_arn    = module.cluster.cluster.arn
    subnet_ids     = module.network.subnet_ids["web"]
    security_group = module.security.group_ids["worker"]
    public_address = false
  }
}
