variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "cluster_name" {
  description = "The ECS cluster that machines join."
  type        = string
}

variable "system" {
  description = "linux for EAs in Python, windows for MetaTrader terminals."
  type        = string

  validation {
    condition     = contains(["linux", "windows"], var.system)
    error_message = "system is linux or windows."
  }
}

variable "image_id" {
  description = "The machine image with the ECS agent; for windows your own, with the terminal's prerequisites in it."
  type        = string
}

variable "instance_types" {
  description = "Sizes that will do, the wanted first; more of them find spot machines more often."
  type        = list(string)
  default     = ["c6i.large"]
}

variable "least" {
  description = "Machines that are always there."
  type        = number
}

variable "most" {
  description = "Machines that there may be."
  type        = number
}

variable "on_demand" {
  description = "How many of them are never taken away again; the others are bought as on_demand_percent says."
  type        = number
  default     = 0
}

variable "on_demand_percent" {
  description = "Share of the machines beyond these that is on demand; the rest is spot."
  type        = number
  default     = 50
}

variable "disk_gb" {
  description = "Size of each machine's gp3 disk."
  type        = number
}

variable "subnet_ids" {
  description = "The EA subnets, in two zones."
  type        = list(string)
}

variable "security_group_id" {
  description = "The EAs' security group."
  type        = string
}
