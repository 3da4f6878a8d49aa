output "role_arn" {
  description = "For a variable of the environment on GitHub."
  value       = aws_iam_role.main.arn
}
