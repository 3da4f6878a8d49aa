variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "cluster" {
  description = "The ECS cluster: name and arn."
  type        = object({ name = string, arn = string })
}

variable "image" {
  description = "The product's image, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by digest: …@sha256:…"
  }
}

variable "sizes" {
  description = "Of web, gateway, worker, judge and beat: CPU units (1024 are one vCPU), MB, and how few and many tasks."
  type        = map(object({ cpu = number, memory = number, least = number, most = number }))

  validation {
    condition     = toset(keys(var.sizes)) == toset(["web", "gateway", "worker", "judge", "beat"])
    error_message = "sizes names web, gateway, worker, judge and beat."
  }

  validation {
    condition     = var.sizes["judge"].most == 1 && var.sizes["beat"].most == 1
    error_message = "There is one judge and one beat."
  }
}

variable "spot" {
  description = "Whether tasks run on Fargate Spot, which AWS takes away with two minutes' notice."
  type        = bool
  default     = false
}

variable "settings" {
  description = "The product's settings that are no secrets, by their names in docs/reference/settings.md."
  type        = map(string)
}

variable "secret_arns" {
  description = "Of each setting that is a secret its ARN in Secrets Manager."
  type        = map(string)
}

variable "owner_secret_arn" {
  description = "The secret in which RDS keeps and turns the password of the database's owner."
  type        = string
}

variable "data_key_arn" {
  description = "The KMS key that encrypts these secrets, topics and queues."
  type        = string
}

variable "vault_key_arn" {
  description = "The KMS key that wraps the vault's data keys."
  type        = string
}

variable "subnet_ids" {
  description = "Where tasks are: web subnets behind a NAT, or public ones with addresses of their own."
  type        = list(string)
}

variable "public_addresses" {
  description = "Whether tasks have public addresses, which public subnets without a NAT need."
  type        = bool
  default     = false
}

variable "group_ids" {
  description = "Security groups: web, gateway, worker."
  type        = map(string)
}

variable "target_groups" {
  description = "Of web and gateway: the two groups that take turns, and the rule that says which of them serves."
  type        = map(object({ arns = list(string), suffixes = list(string), rule_arn = string }))
}

variable "load_balancer_suffix" {
  description = "The load balancer's arn_suffix."
  type        = string
}

variable "bake_minutes" {
  description = "How long old and new tasks of web and gateway both run after a release has taken over."
  type        = number
  default     = 10

  validation {
    condition     = var.bake_minutes >= 1 && var.bake_minutes <= 1440
    error_message = "1 to 1440 minutes."
  }
}

variable "release_alarms" {
  description = "Of web and gateway: names of the alarms that take a release back when they ring."
  type        = map(list(string))
}

variable "log_group" {
  description = "Where services write: name and arn."
  type        = object({ name = string, arn = string })
}

variable "runners" {
  description = "What workers may pass on to runners: task_role_arn, execution_role_arn and log_group_arn."
  type        = object({ task_role_arn = string, execution_role_arn = string, log_group_arn = string })
}

variable "event_bus_arn" {
  description = "The bus that workers tell of incidents and deployments."
  type        = string
}

variable "command_queue_arns" {
  description = "Queues that workers take desks' commands from."
  type        = list(string)
  default     = []
}

variable "pooler" {
  description = "PgBouncer: image by digest, connections of each task, the processes' login, RDS' authorities as PEM."
  type        = object({ image = string, connections = number, login = string, authorities = string })
}

variable "reads_backups" {
  description = "The program in Python that reads a restored backup."
  type        = string
}
