# What an installation costs is decided by these; infra/terraform/cost reads them out of the environments.

variable "nat" {
  description = "none (tasks in public subnets), one, or per_zone."
  type        = string
}

variable "services" {
  description = "Of web, gateway, worker, judge and beat: CPU units, MB, and how few and many tasks."
  type        = map(object({ cpu = number, memory = number, least = number, most = number }))
}

variable "spot" {
  description = "Whether services run on Fargate Spot."
  type        = bool
}

variable "database" {
  description = "Class, GB, whether there is a standby, replicas, days of backups, and connections that it takes."
  type = object({
    class = string, storage_gb = number, multi_az = bool, replicas = number, backup_days = number, connections = number
  })
}

variable "cache" {
  description = "Node type and replicas."
  type        = object({ node_type = string, replicas = number })
}

variable "linux_hosts" {
  description = "Machines for EAs in Python: size, how few and many, of these on demand for ever, GB of disk."
  type        = object({ type = string, least = number, most = number, on_demand = number, disk_gb = number })
}

variable "windows_hosts" {
  description = "Machines for MetaTrader terminals, as linux_hosts, with the image that is theirs; null: none."
  type = object({
    type = string, least = number, most = number, on_demand = number, disk_gb = number, image_id = string, runner_image = string
  })
  default = null
}

variable "firewall" {
  description = "Whether AWS WAF looks at requests."
  type        = bool
}

variable "edge" {
  description = "Whether people come by CloudFront, which has the screens' files from S3."
  type        = bool
}

variable "flow_log_days" {
  description = "How long it is kept who spoke to whom; 0: not at all."
  type        = number
}

variable "protected" {
  description = "Whether database and load balancer refuse to be deleted."
  type        = bool
}

variable "budget_usd" {
  description = "Dollars a month after which somebody is told."
  type        = number
}

variable "endpoints" {
  description = "AWS services that are reached without leaving the network, like ecr.api; each is paid by the hour and zone."
  type        = set(string)
}

variable "cognito" {
  description = "Whether people may sign in by a user pool of Cognito too."
  type        = bool
  default     = false
}

variable "ea_loss" {
  description = "Loss of an EA, in its account's currency, at which an alarm of its own rings."
  type        = number
  default     = 1000
}
