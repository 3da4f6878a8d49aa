locals {
  name = "metafleet-production"
}

module "installation" {
  source          = "../../modules/installation"
  name            = local.name
  web_host        = var.hosts.web
  gateway_host    = var.hosts.gateway
  certificate_arn = var.certificate_arn
  image           = var.images.product
  runner_image    = var.images.runner
  pooler          = { image = var.images.pooler, connections = 12, login = "metafleet_processes", authorities = var.authorities }
  cache_password  = var.cache_password
  edge_key        = var.edge_key
  emails          = var.emails
  cognito         = var.cognito
  github          = var.repository == null ? null : { repository = var.repository, environment = "production" }

  nat           = "per_zone"
  spot          = false
  firewall      = true
  edge          = true
  endpoints     = ["ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sqs"]
  flow_log_days = 30
  protected     = true
  budget_usd    = 3500
  cache         = { node_type = "cache.m6g.large", replicas = 2 }
  linux_hosts   = { type = "c6i.large", least = 2, most = 50, on_demand = 2, disk_gb = 30 }
  windows_hosts = {
    type         = "c6i.large", least = 5, most = 50, on_demand = 2, disk_gb = 80
    image_id     = var.windows.image_id
    runner_image = var.windows.runner_image
  }

  database = { class = "db.m6g.large", storage_gb = 200, multi_az = true, replicas = 2, backup_days = 30, connections = 800 }

  services = {
    web     = { cpu = 1024, memory = 2048, least = 2, most = 10 }
    gateway = { cpu = 1024, memory = 2048, least = 2, most = 10 }
    worker  = { cpu = 1024, memory = 2048, least = 2, most = 10 }
    judge   = { cpu = 1024, memory = 2048, least = 1, most = 1 }
    beat    = { cpu = 256, memory = 512, least = 1, most = 1 }
  }
}
