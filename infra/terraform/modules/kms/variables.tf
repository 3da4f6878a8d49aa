variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

