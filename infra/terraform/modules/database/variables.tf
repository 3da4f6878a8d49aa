variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "subnet_ids" {
  description = "The database's subnets, in two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "The database's security group."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that encrypts data, backups and the owner's password."
  type        = string
}

variable "instance_class" {
  description = "Size of the database and of its replicas, like db.t4g.medium."
  type        = string
}

variable "storage_gb" {
  description = "Gigabytes to begin with; it grows by itself to four times that."
  type        = number

  validation {
    condition     = var.storage_gb >= 20
    error_message = "gp3 storage begins at 20 GB."
  }
}

variable "multi_az" {
  description = "Whether a standby in the other zone takes over."
  type        = bool
  default     = true
}

variable "replicas" {
  description = "Read replicas."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5
    error_message = "0 to 5 replicas."
  }
}

variable "backup_days" {
  description = "How many days backups are kept, so that any second of them can be restored."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "1 to 35 days; RDS keeps no longer, and replicas need one."
  }
}

variable "protected" {
  description = "Whether it is refused to delete it, and a last snapshot is kept."
  type        = bool
  default     = true
}
