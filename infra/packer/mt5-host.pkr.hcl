# The machine image for MetaTrader terminals: Windows with ECS's agent, the metafleet host agent as a service, and the
# terminal that your broker gave you, from your own bucket. Nothing of MetaQuotes is in this repository.
#
# usage: packer init . && packer build -var region=… -var bucket=… -var terminal_sha256=… -var agent_sha256=… .
packer {
  required_version = ">= 1.11"

  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0, < 2.0.0"
    }
  }
}

variable "region" {
  type        = string
  description = "Where the image is made and will be used."
}

variable "bucket" {
  type        = string
  description = "Your private bucket with mt5setup.exe and the host agent's wheel; the instance profile may read it."
}

variable "terminal" {
  type        = string
  default     = "mt5setup.exe"
  description = "The installer's key in the bucket."
}

variable "terminal_sha256" {
  type        = string
  description = "What the installer has to be."
}

variable "agent" {
  type        = string
  default     = "metafleet.whl"
  description = "The key in the bucket of the wheel that a release has made."
}

variable "agent_sha256" {
  type        = string
  description = "What the wheel has to be."
}

variable "python" {
  type        = string
  default     = "python-3.11.9-amd64.exe"
  description = "The key in the bucket of Python's installer, which the agent runs by."
}

variable "python_sha256" {
  type        = string
  description = "What that installer has to be."
}

variable "instance_profile" {
  type        = string
  description = "Of the machine that builds: it reads the bucket and speaks to Session Manager."
}

variable "kms_key_id" {
  type        = string
  description = "The KMS key that encrypts the image."
}

# Amazon's own, with ECS's agent, Docker and the SSM agent in it.
data "amazon-parameterstore" "windows" {
  region = var.region
  name   = join("/", ["/aws/service", "ami-windows-latest", "Windows_Server-2022-English-Core-ECS_Optimized", "image_id"])
}

source "amazon-ebs" "host" {
  region               = var.region
  source_ami           = data.amazon-parameterstore.windows.value
  instance_type        = "c6i.large"
  ami_name             = "metafleet-mt5-{{timestamp}}"
  ami_description      = "Windows with ECS's agent, metafleet's host agent and a MetaTrader terminal"
  encrypt_boot         = true
  kms_key_id           = var.kms_key_id
  iam_instance_profile = var.instance_profile
  imds_support         = "v2.0"

  # By Session Manager: no port of the machine that builds is open to anybody.
  communicator   = "ssh"
  ssh_username   = "Administrator"
  ssh_interface  = "session_manager"
  ssh_timeout    = "20m"
  user_data_file = "${path.root}/ssh.ps1"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    volume_size           = 80
    delete_on_termination = true
  }

  tags = { Name = "metafleet-mt5", Project = "metafleet" }
}

build {
  sources = ["source.amazon-ebs.host"]

  provisioner "powershell" {
    script = "${path.root}/install.ps1"
    environment_vars = [
      "BUCKET=${var.bucket}", "REGION=${var.region}",
      "TERMINAL=${var.terminal}", "TERMINAL_SHA256=${var.terminal_sha256}",
      "AGENT=${var.agent}", "AGENT_SHA256=${var.agent_sha256}",
      "PYTHON=${var.python}", "PYTHON_SHA256=${var.python_sha256}",
    ]
  }

  provisioner "windows-restart" {}

  # What the image has to have, and must not have, before it is one.
  provisioner "powershell" {
    script = "${path.root}/verify.ps1"
  }

  # The next start is a first one: a new name, a new password, the user data is run.
  provisioner "powershell" {
    inline = [
      "Remove-Item -Force C:\\ProgramData\\ssh\\administrators_authorized_keys",
      "Stop-Service sshd; Set-Service sshd -StartupType Disabled",
      "& 'C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe' reset --block",
      "& 'C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe' sysprep --shutdown=false --block",
    ]
  }

  post-processor "manifest" {
    output = "mt5-host.json"
  }
}
