"""Checks the Terraform sources without Terraform, an account or the network."""
