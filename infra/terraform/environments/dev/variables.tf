variable "hosts" {
  description = "Host names of web and gateway."
  type        = object({ web = string, gateway = string })
}

variable "certificate_arn" {
  description = "The certificate in ACM, valid for both."
  type        = string
}

variable "images" {
  description = "By digest: of the product, of the pooler beside it, and of the runners."
  type        = object({ product = string, pooler = string, runner = string })
}

variable "cache_password" {
  description = "16 to 128 letters and digits; give it as TF_VAR_cache_password, never in a file."
  type        = string
  sensitive   = true
}

variable "emails" {
  description = "Who is told of alarms, grave incidents and cost."
  type        = set(string)
}

variable "authorities" {
  description = "The certificates of RDS' authorities, as PEM: file(…) of what AWS gives out for the region."
  type        = string
}

variable "cognito" {
  description = "Whether people may sign in by a user pool of Cognito too."
  type        = bool
  default     = false
}
