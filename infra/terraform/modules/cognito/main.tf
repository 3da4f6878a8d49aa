data "aws_caller_identity" "here" {}

data "aws_region" "here" {}

resource "aws_cognito_user_pool" "main" {
  name                     = var.name
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"] # the product believes an address only once the provider has verified it
  deletion_protection      = var.protected ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = false
    require_uppercase                = false
    require_numbers                  = false
    require_symbols                  = false
    temporary_password_validity_days = 3
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  # An address that was changed counts only once the new one is verified.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }
}

resource "aws_cognito_user_pool_domain" "main" {
  domain       = "${var.name}-${data.aws_caller_identity.here.account_id}"
  user_pool_id = aws_cognito_user_pool.main.id
}

# A confidential client with the code flow; the product adds PKCE, state and nonce (docs/guides/sign-in.md).
resource "aws_cognito_user_pool_client" "main" {
  name                                 = "metafleet"
  user_pool_id                         = aws_cognito_user_pool.main.id
  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile"]
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = ["https://${var.web_host}/sign-in/oidc/callback"]
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors        = "ENABLED"
  enable_token_revocation              = true
  id_token_validity                    = 15
  access_token_validity                = 15
  refresh_token_validity               = 1

  token_validity_units {
    id_token      = "minutes"
    access_token  = "minutes"
    refresh_token = "days"
  }
}

# Cognito makes it, so Terraform's state has it either way.
resource "aws_secretsmanager_secret" "client" {
  #checkov:skip=CKV2_AWS_57:Cognito makes a new one with a new client only
  name                    = "${var.name}/METAFLEET_OIDC_CLIENT_SECRET"
  description             = "The setting METAFLEET_OIDC_CLIENT_SECRET"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "client" {
  secret_id     = aws_secretsmanager_secret.client.id
  secret_string = aws_cognito_user_pool_client.main.client_secret
}
