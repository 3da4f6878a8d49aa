variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "web_host" {
  description = "Where people come, like app.example.com."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts the client's secret."
  type        = string
}

variable "protected" {
  description = "Whether it is refused to delete the pool."
  type        = bool
  default     = true
}
