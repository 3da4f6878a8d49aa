# Only their places: a value that Terraform knows would stand in its state.
resource "aws_secretsmanager_secret" "setting" {
  #checkov:skip=CKV2_AWS_57:Values are put in by people; docs/guides/terraform.md
  for_each = var.settings

  name                    = "${var.name}/${each.key}"
  description             = "The setting ${each.key}"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 30
}
