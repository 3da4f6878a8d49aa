variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "The public subnets, in two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "The load balancer's security group."
  type        = string
}

variable "certificate_arn" {
  description = "The certificate in ACM, valid for both host names."
  type        = string
}

variable "web_host" {
  description = "Where people come, like app.example.com."
  type        = string
}

variable "gateway_host" {
  description = "Where terminals come, like gateway.example.com."
  type        = string
}

variable "firewall" {
  description = "Whether a firewall is put before it."
  type        = bool
}

variable "firewall_arn" {
  description = "That firewall."
  type        = string
  default     = null
}

variable "edge_key" {
  description = "What CloudFront says in a header, and whoever does not say it is told nothing by the web; null: nobody has to."
  type        = string
  sensitive   = true
  default     = null
}

variable "log_bucket" {
  description = "The bucket that is told of each request."
  type        = string
}

variable "protected" {
  description = "Whether it is refused to delete it."
  type        = bool
  default     = true
}
