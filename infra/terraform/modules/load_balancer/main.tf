locals {
  targets = {
    web     = { port = 8000, host = var.web_host, drain_s = 10 }
    gateway = { port = 8001, host = var.gateway_host, drain_s = 30 } # terminals wait that long for a command
  }

  # Of each the one that serves, and the one in which a release waits for its turn; they take turns.
  colours = merge([
    for name, target in local.targets : { (name) = merge(target, { of = name }), "${name}-b" = merge(target, { of = name }) }
  ]...)
}

resource "aws_lb" "main" {
  #checkov:skip=CKV_AWS_150:As the environment says; dev and staging are thrown away
  #checkov:skip=CKV2_AWS_76:modules/firewall has KnownBadInputs, in a dynamic block
  name               = var.name
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = [var.security_group_id]

  drop_invalid_header_fields = true
  enable_deletion_protection = var.protected
  idle_timeout               = 75

  access_logs {
    bucket  = var.log_bucket
    prefix  = "load-balancer"
    enabled = true
  }
}

resource "aws_wafv2_web_acl_association" "main" {
  count = var.firewall ? 1 : 0

  resource_arn = aws_lb.main.arn
  web_acl_arn  = var.firewall_arn
}

resource "aws_lb_target_group" "main" {
  #checkov:skip=CKV_AWS_378:Within the network, to one task; TLS ends here
  for_each = local.colours

  name                 = "${var.name}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = each.value.port
  deregistration_delay = each.value.drain_s

  health_check {
    path                = "/health"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

# Who comes by another name is told nothing.
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "Not found"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "host" {
  for_each = local.targets

  listener_arn = aws_lb_listener.https.arn

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.main[each.key].arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.main["${each.key}-b"].arn
        weight = 0
      }
    }
  }

  condition {
    host_header {
      values = [each.value.host]
    }
  }

  # By CloudFront only, where that is: what limits addresses stands there.
  dynamic "condition" {
    for_each = each.key == "web" && nonsensitive(var.edge_key != null) ? ["X-Metafleet-Edge"] : []

    content {
      http_header {
        http_header_name = condition.value
        values           = [var.edge_key]
      }
    }
  }

  lifecycle {
    ignore_changes = [action] # which of the two serves is each release's to say
  }
}
