output "arns" {
  description = "Of each setting its secret."
  value       = { for setting, secret in aws_secretsmanager_secret.setting : setting => secret.arn }
}
