output "bucket" {
  description = "Name and arn."
  value       = { name = aws_s3_bucket.main.id, arn = aws_s3_bucket.main.arn }

  depends_on = [aws_s3_bucket_policy.main] # a load balancer tries whether it may write
}
