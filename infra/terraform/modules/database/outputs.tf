output "identifier" {
  description = "As alarms name it."
  value       = aws_db_instance.main.identifier
}

output "address" {
  description = "Host of the database; its port is 5432."
  value       = aws_db_instance.main.address
}

output "replica_addresses" {
  description = "Hosts of the read replicas."
  value       = aws_db_instance.replica[*].address
}

output "owner_secret_arn" {
  description = "The secret in which RDS keeps and turns the owner's password."
  value       = aws_db_instance.main.master_user_secret[0].secret_arn
}

output "restored_as" {
  description = "What a backup is restored with to be looked at: class, subnet group and parameter group."
  value = {
    class           = aws_db_instance.main.instance_class
    subnet_group    = aws_db_subnet_group.main.name
    parameter_group = aws_db_parameter_group.main.name
  }
}
