module "nightly" {
  source     = "../nightly"
  name       = var.name
  packages   = "${path.module}/../../lambdas/.built"
  budget_usd = var.budget_usd
  topic_arn  = module.messaging.alarm_topic_arn
  key_arn    = module.kms.data_key_arn

  database = merge(module.database.restored_as, {
    identifier     = module.database.identifier
    security_group = module.security.group_ids["database"]
  })

  reader = {
    family         = module.services.reader.family
    role_arn       = module.services.reader.role_arn
    cluster_arn    = module.cluster.cluster.arn
    subnet_ids     = local.subnets[local.has_nat ? "web" : "public"]
    security_group = module.security.group_ids["worker"]
    public_address = !local.has_nat
  }
}
