variable "name" {
  description = "The role's name, like metafleet-production-deploy."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub, like example/metafleet."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "The repository is OWNER/NAME, without a pattern in it."
  }
}

variable "environment" {
  description = "The environment on GitHub, like production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.environment))
    error_message = "The environment is one name, without a pattern in it."
  }
}

variable "policy" {
  description = "What the role may do, as JSON."
  type        = string
}
