output "settings" {
  description = "The product's settings for signing in by this pool."
  value = {
    METAFLEET_OIDC_ISSUER    = "https://cognito-idp.${data.aws_region.here.id}.amazonaws.com/${aws_cognito_user_pool.main.id}"
    METAFLEET_OIDC_CLIENT_ID = aws_cognito_user_pool_client.main.id
  }
}

output "secret_arns" {
  description = "Of the setting that is a secret its ARN."
  value       = { METAFLEET_OIDC_CLIENT_SECRET = aws_secretsmanager_secret.client.arn }

  depends_on = [aws_secretsmanager_secret_version.client]
}
