locals {
  inner = {
    web      = "Screens and API"
    gateway  = "The terminals' endpoints"
    worker   = "Worker, judge and beat"
    ea       = "Runners and MetaTrader terminals; nobody may come in"
    database = "PostgreSQL"
    cache    = "Redis"
  }

  # Who may open a connection to whom; there is nothing else within the network.
  flows = {
    web_database     = { from = "web", to = "database", port = 5432 }
    web_cache        = { from = "web", to = "cache", port = 6379 }
    gateway_database = { from = "gateway", to = "database", port = 5432 }
    gateway_cache    = { from = "gateway", to = "cache", port = 6379 }
    worker_database  = { from = "worker", to = "database", port = 5432 }
    worker_cache     = { from = "worker", to = "cache", port = 6379 }
  }

  behind = { web = 8000, gateway = 8001 }

  # What leaves the network: AWS and channels of alerts by 443 and 80, mail by 465 and 587.
  ways_out = {
    for way in concat(
      [for group in ["web", "gateway", "worker", "ea"] : { group = group, port = 443 }],
      [for group in ["web", "worker"] : { group = group, port = 80 }],
      [for pair in setproduct(["web", "worker"], [465, 587]) : { group = pair[0], port = pair[1] }],
      [for port in setsubtract(var.broker_ports, [443]) : { group = "ea", port = port }],
    ) : "${way.group}_${way.port}" => way
  }
}

resource "aws_security_group" "load_balancer" {
  #checkov:skip=CKV2_AWS_5:Modules that use it are given its id
  name        = "${var.name}-load-balancer"
  description = "The one door to the internet"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-load-balancer" }
}

resource "aws_security_group" "inner" {
  #checkov:skip=CKV2_AWS_5:Modules that use them are given their ids
  for_each = local.inner

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-${each.key}" }
}
