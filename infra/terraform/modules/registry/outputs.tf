output "arns" {
  description = "The repositories, as a role that pushes names them."
  value       = [for repository in aws_ecr_repository.main : repository.arn]
}

output "registry" {
  description = "For the variable AWS_REGISTRY of GitHub's workflows."
  value       = split("/", values(aws_ecr_repository.main)[0].repository_url)[0]
}
