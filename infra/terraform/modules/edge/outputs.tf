output "dns_name" {
  description = "What the web's host name has to point at."
  value       = aws_cloudfront_distribution.main.domain_name
}

output "app_bucket" {
  description = "Name and arn of the bucket for infra/release/publish."
  value       = { name = aws_s3_bucket.app.id, arn = aws_s3_bucket.app.arn }
}
