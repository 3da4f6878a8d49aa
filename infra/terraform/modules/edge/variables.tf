variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "web_host" {
  description = "Where people come, like app.example.com; it has to point here."
  type        = string
}

variable "certificate_arn" {
  description = "The certificate of that host, in us-east-1."
  type        = string
}

variable "load_balancer_name" {
  description = "The load balancer's own name."
  type        = string
}

variable "edge_key" {
  description = "What the load balancer knows CloudFront by."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{32,128}$", var.edge_key))
    error_message = "The key takes 32 to 128 letters and digits."
  }
}

variable "firewall_arn" {
  description = "The firewall, of scope CLOUDFRONT; null: none."
  type        = string
  default     = null
}

variable "log_bucket_arn" {
  description = "The bucket that is told of each request."
  type        = string
}
