variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "broker_ports" {
  description = "TCP ports at which runners and terminals reach brokers; 443 is always among them."
  type        = set(number)
  default     = []
}
