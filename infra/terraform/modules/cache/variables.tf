variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "subnet_ids" {
  description = "The database's subnets, in two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "The cache's security group."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts what is on disk."
  type        = string
}

variable "node_type" {
  description = "Size of each node, like cache.t4g.small."
  type        = string
}

variable "replicas" {
  description = "Copies that take over; 0 has one node, and losing it costs minutes."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "0 to 5 replicas."
  }
}

variable "password" {
  description = "Goes into REDIS_URL as well: 16 to 128 letters and digits."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{16,128}$", var.password))
    error_message = "The password takes 16 to 128 letters and digits."
  }
}
