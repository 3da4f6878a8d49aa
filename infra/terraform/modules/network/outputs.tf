output "vpc_id" {
  description = "The network."
  value       = aws_vpc.main.id
}

output "subnet_ids" {
  description = "Of each tier (public, web, ea, database) its two subnets."
  value = {
    for tier, numbers in local.numbers : tier => [for place, _ in numbers : aws_subnet.main["${tier}-${place}"].id]
  }
}

output "public_ranges" {
  description = "Addresses of the public subnets, from which the load balancer speaks."
  value       = [for key, subnet in aws_subnet.main : subnet.cidr_block if local.subnets[key].tier == "public"]
}
