output "arn" {
  description = "For what it stands before."
  value       = aws_wafv2_web_acl.main.arn
}
