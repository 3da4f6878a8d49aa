variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts them."
  type        = string
}

variable "settings" {
  description = "Settings that are secrets, as docs/reference/settings.md names them; their values are put in by hand."
  type        = set(string)
  default = [
    "DATABASE_URL", "METAFLEET_APP_DATABASE_URL", "REDIS_URL", "METAFLEET_SECRET_KEY", "METAFLEET_RECEIPT_KEY",
    "METAFLEET_METRICS_TOKEN", "METAFLEET_EMAIL_URL",
  ]
}
