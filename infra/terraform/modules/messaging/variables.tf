variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts queues and topics."
  type        = string
}

variable "desks" {
  description = "Names of desks whose programs send commands by SQS; a queue and its dead letters for each."
  type        = set(string)
  default     = []
}

variable "emails" {
  description = "Who is told of alarms and grave incidents; each has to confirm it once."
  type        = set(string)
}
