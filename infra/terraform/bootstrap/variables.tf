variable "bucket" {
  description = "Name of the bucket for the state of all environments; nobody else in AWS may have it."
  type        = string
}

variable "emails" {
  description = "Who is told what the account costs."
  type        = set(string)
}

variable "repository" {
  description = "The repository on GitHub whose workflows make releases, like example/metafleet."
  type        = string
}
