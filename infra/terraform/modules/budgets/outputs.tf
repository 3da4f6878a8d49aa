output "names" {
  description = "The budgets."
  value       = [for budget in aws_budgets_budget.main : budget.name]
}
