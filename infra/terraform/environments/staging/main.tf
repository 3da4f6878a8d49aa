locals {
  name = "metafleet-staging"
}

module "installation" {
  source          = "../../modules/installation"
  name            = local.name
  web_host        = var.hosts.web
  gateway_host    = var.hosts.gateway
  certificate_arn = var.certificate_arn
  image           = var.images.product
  runner_image    = var.images.runner
  pooler          = { image = var.images.pooler, connections = 10, login = "metafleet_processes", authorities = var.authorities }
  cache_password  = var.cache_password
  edge_key        = var.edge_key
  emails          = var.emails
  cognito         = var.cognito
  github          = var.repository == null ? null : { repository = var.repository, environment = "staging" }

  # As production, each thing once or twice, so that a release meets what it will meet there.
  nat           = "one"
  spot          = true
  firewall      = true
  edge          = true
  endpoints     = []
  flow_log_days = 7
  protected     = false
  budget_usd    = 500
  cache         = { node_type = "cache.t4g.small", replicas = 1 }
  linux_hosts   = { type = "c6i.large", least = 1, most = 4, on_demand = 0, disk_gb = 30 }
  windows_hosts = null

  database = { class = "db.t4g.medium", storage_gb = 50, multi_az = true, replicas = 1, backup_days = 7, connections = 400 }

  services = {
    web     = { cpu = 1024, memory = 2048, least = 2, most = 4 }
    gateway = { cpu = 512, memory = 1024, least = 2, most = 4 }
    worker  = { cpu = 512, memory = 1024, least = 1, most = 4 }
    judge   = { cpu = 512, memory = 1024, least = 1, most = 1 }
    beat    = { cpu = 256, memory = 512, least = 1, most = 1 }
  }
}
