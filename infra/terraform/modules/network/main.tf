data "aws_availability_zones" "here" {
  #checkov:skip=CKV_AWS_394:Two are taken, in order of their names
  state = "available"
}

data "aws_region" "here" {}

locals {
  zones = slice(data.aws_availability_zones.here.names, 0, 2)

  # The third number of each subnet's address: 10.0.N.0/24.
  numbers = {
    public   = [1, 2]
    web      = [10, 11]
    ea       = [20, 21]
    database = [30, 31]
  }

  subnets = merge([
    for tier, numbers in local.numbers : {
      for place, number in numbers : "${tier}-${place}" => { tier = tier, place = place, number = number }
    }
  ]...)

  gateways = { none = 0, one = 1, per_zone = 2 }[var.nat]
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# Whatever is put into no group of ours can speak to nobody.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-closed" }
}

resource "aws_subnet" "main" {
  for_each = local.subnets

  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.${each.value.number}.0/24"
  availability_zone = local.zones[each.value.place]

  tags = { Name = "${var.name}-${each.key}", Tier = each.value.tier }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = var.name }
}

resource "aws_eip" "nat" {
  count = local.gateways

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${count.index}" }
}

resource "aws_nat_gateway" "main" {
  count = local.gateways

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.main["public-${count.index}"].id

  tags = { Name = "${var.name}-${count.index}" }

  depends_on = [aws_internet_gateway.main]
}
