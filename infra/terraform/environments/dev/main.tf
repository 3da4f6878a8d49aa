locals {
  name = "metafleet-dev"
}

module "installation" {
  source          = "../../modules/installation"
  name            = local.name
  web_host        = var.hosts.web
  gateway_host    = var.hosts.gateway
  certificate_arn = var.certificate_arn
  image           = var.images.product
  runner_image    = var.images.runner
  pooler          = { image = var.images.pooler, connections = 5, login = "metafleet_processes", authorities = var.authorities }
  cache_password  = var.cache_password
  emails          = var.emails
  cognito         = var.cognito

  # As little as it can be and still be whole: no NAT, no standby, spot.
  nat           = "none"
  spot          = true
  firewall      = false
  edge          = false
  endpoints     = []
  flow_log_days = 0
  protected     = false
  budget_usd    = 130
  cache         = { node_type = "cache.t4g.micro", replicas = 0 }
  linux_hosts   = { type = "t3.medium", least = 0, most = 2, on_demand = 0, disk_gb = 30 }

  database = { class = "db.t4g.micro", storage_gb = 20, multi_az = false, replicas = 0, backup_days = 7, connections = 80 }

  services = {
    web     = { cpu = 512, memory = 1024, least = 1, most = 2 }
    gateway = { cpu = 256, memory = 512, least = 1, most = 1 }
    worker  = { cpu = 512, memory = 1024, least = 1, most = 2 }
    judge   = { cpu = 256, memory = 512, least = 1, most = 1 }
    beat    = { cpu = 256, memory = 512, least = 1, most = 1 }
  }
}
