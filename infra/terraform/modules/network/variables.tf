variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,24}$", var.name))
    error_message = "The name takes 3 to 25 lower-case letters, digits and dashes."
  }
}

variable "nat" {
  description = "Ways out of the private subnets: none, one for both zones, or one for each zone."
  type        = string
  default     = "per_zone"

  validation {
    condition     = contains(["none", "one", "per_zone"], var.nat)
    error_message = "nat is none, one or per_zone."
  }
}

variable "endpoints" {
  description = "AWS services that private subnets reach without a NAT, like ecr.api; each costs by the hour and zone."
  type        = set(string)
  default     = []
}

variable "flow_log_days" {
  description = "How long it is kept who spoke to whom; 0 keeps no such log."
  type        = number
  default     = 30
}

variable "log_key_arn" {
  description = "The KMS key that encrypts the log of who spoke to whom."
  type        = string
}
