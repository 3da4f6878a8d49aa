variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "days" {
  description = "How long it is kept who asked for what."
  type        = number
  default     = 90
}

variable "protected" {
  description = "Whether it is refused to delete the bucket while something is in it."
  type        = bool
  default     = true
}
