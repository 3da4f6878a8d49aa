# Plans an environment with a provider of mocks: no account, no network. infra/terraform/rehearse runs it.
mock_provider "aws" {
  override_data {
    target = module.installation.module.network.data.aws_availability_zones.here
    values = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "us-east-1", name = "us-east-1" }
  }
}
run "plan" {
  command = plan
  variables {
    hosts           = { web = "app.example.com", gateway = "gateway.example.com" }
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    images          = { product = "x@sha256:0000000000000000000000000000000000000000000000000000000000000000", pooler = "p@sha256:0000000000000000000000000000000000000000000000000000000000000000", runner = "y@sha256:0000000000000000000000000000000000000000000000000000000000000000" }
    cache_password  = "abcdefghijklmnop1234"
    emails          = ["a@example.com"]
    edge_key        = "abcdefghijklmnopqrstuvwxyz0123456789"
    authorities     = "-----BEGIN CERTIFICATE-----"
    # of production alone; the others warn that they do not know it
    windows = { image_id = "ami-12345678", runner_image = "z" }
  }
}
