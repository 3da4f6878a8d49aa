variable "images" {
  description = "What is kept below metafleet/."
  type        = set(string)
  default     = ["api", "pooler", "runner", "runner-mt5"]
}

variable "key_arn" {
  description = "The KMS key that encrypts images."
  type        = string
}

variable "kept" {
  description = "How many releases are kept."
  type        = number
  default     = 50
}
