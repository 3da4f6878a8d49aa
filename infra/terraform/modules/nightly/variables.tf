variable "name" {
  description = "What everything here is called, like metafleet-production; also the value of the tag Environment."
  type        = string
}

variable "packages" {
  description = "The folder with the functions as infra/terraform/lambdas/build has packed them."
  type        = string
}

variable "budget_usd" {
  description = "Dollars a month that the environment may cost."
  type        = number
}

variable "topic_arn" {
  description = "The topic that is told."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of database, topic and logs."
  type        = string
}

variable "database" {
  description = "Whose backup is restored, and as what: identifier, class, subnet, parameter and security group."
  type = object({
    identifier = string, class = string, subnet_group = string, parameter_group = string, security_group = string
  })
}

variable "reader" {
  description = "The task that reads what was restored: family, its cluster, where it runs, and the role it starts by."
  type = object({
    family = string, cluster_arn = string, subnet_ids = list(string), security_group = string, public_address = bool, role_arn = string
  })
}

variable "log_days" {
  description = "How long logs are kept."
  type        = number
  default     = 90
}
