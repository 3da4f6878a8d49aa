variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "limits_usd" {
  description = "Dollars a month; for each it is told when 80 % are forecast and when 100 % are spent."
  type        = set(number)
}

variable "environment" {
  description = "Counts only what has this value of the tag Environment; null counts the whole account."
  type        = string
  default     = null
}

variable "emails" {
  description = "Who is told."
  type        = set(string)

  validation {
    condition     = length(var.emails) > 0 && length(var.emails) <= 10
    error_message = "A budget tells 1 to 10 addresses."
  }
}
