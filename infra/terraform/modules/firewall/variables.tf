variable "name" {
  description = "What it is called, like metafleet-production."
  type        = string
}

variable "before" {
  description = "What it stands before, in words."
  type        = string
}

variable "scope" {
  description = "REGIONAL for a load balancer, CLOUDFRONT for a distribution (in us-east-1 only)."
  type        = string

  validation {
    condition     = contains(["REGIONAL", "CLOUDFRONT"], var.scope)
    error_message = "scope is REGIONAL or CLOUDFRONT."
  }
}

variable "limited_host" {
  description = "The host whose requests are limited by address; null: none, where another stands before it."
  type        = string
  default     = null
}

variable "requests_per_address" {
  description = "What one address may ask of that host in five minutes."
  type        = number
  default     = 3000
}

variable "key_arn" {
  description = "The KMS key that encrypts the log of what was refused."
  type        = string
}

variable "log_days" {
  description = "How long it is kept what was refused."
  type        = number
  default     = 30
}
