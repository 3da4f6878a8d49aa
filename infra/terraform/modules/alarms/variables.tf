variable "name" {
  description = "What everything here is called, like metafleet-production."
  type        = string
}

variable "topic_arn" {
  description = "The SNS topic that is told."
  type        = string
}

variable "cluster_name" {
  description = "The ECS cluster."
  type        = string
}

variable "services" {
  description = "The services in it."
  type        = set(string)
}

variable "load_balancer_suffix" {
  description = "The load balancer's arn_suffix."
  type        = string
}

variable "target_groups" {
  description = "Of web and gateway: suffixes of the two groups that take turns."
  type        = map(object({ suffixes = list(string) }))
}

variable "database" {
  description = "The database's identifier."
  type        = string
}

variable "database_connections" {
  description = "How many connections the database takes; 80 % of them ring."
  type        = number
}

variable "scaling_groups" {
  description = "Auto Scaling groups of machines for EAs."
  type        = list(string)
}

variable "queues" {
  description = "SQS queues: work is worked off within a minute, dead stays empty."
  type        = object({ work = list(string), dead = list(string) })
}
