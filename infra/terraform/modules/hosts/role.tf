data "aws_partition" "here" {}

data "aws_iam_policy_document" "machines_may" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "main" {
  name               = "${local.full_name}-host"
  assume_role_policy = data.aws_iam_policy_document.machines_may.json
}

# What the ECS agent needs, and a shell by Session Manager: no SSH or RDP is open.
resource "aws_iam_role_policy_attachment" "main" {
  for_each = toset(["service-role/AmazonEC2ContainerServiceforEC2Role", "AmazonSSMManagedInstanceCore"])

  role       = aws_iam_role.main.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/${each.key}"
}

resource "aws_iam_instance_profile" "main" {
  name = "${local.full_name}-host"
  role = aws_iam_role.main.name
}
