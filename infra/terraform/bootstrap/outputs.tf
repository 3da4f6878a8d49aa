output "backend" {
  description = "For terraform init -backend-config=… in each environment."
  value       = { bucket = aws_s3_bucket.state.bucket, region = aws_s3_bucket.state.region }
}

output "github" {
  description = "Variables for the environment release on GitHub."
  value       = { AWS_REGISTRY = module.registry.registry, AWS_RELEASE_ROLE = module.release.role_arn }
}
