output "data_key_arn" {
  description = "Encrypts what AWS keeps for us."
  value       = aws_kms_key.data.arn
}

output "vault_key_arn" {
  description = "For METAFLEET_VAULT_KMS_KEY."
  value       = aws_kms_key.vault.arn
}
