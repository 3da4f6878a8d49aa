output "installation" {
  description = "Addresses to point names at and to put into secrets."
  value       = module.installation
}
