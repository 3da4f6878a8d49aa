variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "capacity_providers" {
  description = "Who adds machines for runners, beside Fargate."
  type        = list(string)
  default     = []
}

variable "key_arn" {
  description = "The KMS key that encrypts logs."
  type        = string
}

variable "log_days" {
  description = "How long logs of services and runners are kept."
  type        = number
  default     = 30
}
