variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "web_host" {
  description = "Where people come, like app.example.com."
  type        = string
}

variable "gateway_host" {
  description = "Where terminals and runners come, like gateway.example.com."
  type        = string
}

variable "certificate_arn" {
  description = "The certificate in ACM, valid for both host names."
  type        = string
}

variable "image" {
  description = "The product's image, by digest."
  type        = string
}

variable "pooler" {
  description = "PgBouncer: image by digest, connections of each task, the processes' login, RDS' authorities as PEM."
  type        = object({ image = string, connections = number, login = string, authorities = string })
}

variable "runner_image" {
  description = "The runners' image for Linux, by digest (infra/docker/runner)."
  type        = string
}

variable "cache_password" {
  description = "16 to 128 letters and digits, as in the secret REDIS_URL."
  type        = string
  sensitive   = true
}

variable "edge_key" {
  description = "With CloudFront: 32 to 128 letters and digits by which the load balancer knows it."
  type        = string
  sensitive   = true
  default     = null
}

variable "emails" {
  description = "Who is told of alarms, grave incidents and cost."
  type        = set(string)
}

variable "settings" {
  description = "Further settings of the product, like METAFLEET_EMAIL_FROM."
  type        = map(string)
  default     = {}
}

variable "desks" {
  description = "Names of desks whose programs send commands by SQS."
  type        = set(string)
  default     = []
}

variable "github" {
  description = "Repository and environment on GitHub that may deploy here; null: none."
  type        = object({ repository = string, environment = string })
  default     = null
}
