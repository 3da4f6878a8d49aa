# Who comes by CloudFront has its address put before CloudFront's own: the product has to know those to see through them.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = var.edge ? 1 : 0

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

locals {
  proxies = concat(module.network.public_ranges, flatten([
    for list in data.aws_ec2_managed_prefix_list.cloudfront : [for entry in list.entries : entry.cidr]
  ]))
}

module "access_logs" {
  source    = "../access_logs"
  name      = var.name
  protected = var.protected
}

# Before the gateway, and before the web where nothing else is.
module "firewall" {
  count = var.firewall ? 1 : 0

  source       = "../firewall"
  key_arn      = module.kms.data_key_arn
  name         = var.name
  before       = "Before the load balancer"
  scope        = "REGIONAL"
  limited_host = var.edge ? null : var.web_host
}

module "edge_firewall" {
  count = var.firewall && var.edge ? 1 : 0

  source       = "../firewall"
  key_arn      = module.kms.data_key_arn
  name         = "${var.name}-edge"
  before       = "Before CloudFront"
  scope        = "CLOUDFRONT"
  limited_host = var.web_host
}

module "edge" {
  count = var.edge ? 1 : 0

  source             = "../edge"
  name               = var.name
  web_host           = var.web_host
  certificate_arn    = var.certificate_arn
  load_balancer_name = module.load_balancer.dns_name
  edge_key           = var.edge_key
  firewall_arn       = one(module.edge_firewall[*].arn)
  log_bucket_arn     = module.access_logs.bucket.arn
}
