locals {
  # Policies that AWS keeps, by the ids that its documentation gives.
  cached   = "658327ea-f89d-4fab-a63d-7e88639e58f6" # CachingOptimized: as long as the file's own Cache-Control says
  uncached = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # CachingDisabled
  all      = "216adef6-5c7f-47e4-b989-5492eafa07d3" # AllViewer: every header, cookie and word of the query

  # The build's files. Page, API, sign-in and the live stream are the web's: the page has a nonce of its own each time.
  files = ["/assets/*", "/favicon.svg", "/theme.js"]
}

resource "aws_cloudfront_origin_access_control" "app" {
  name                              = "${var.name}-app"
  description                       = "CloudFront signs what it asks of the bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# Of files; what comes from the web says all this itself.
resource "aws_cloudfront_response_headers_policy" "files" {
  #checkov:skip=CKV_AWS_259:As the web says it; other names of the domain are the operator's
  name    = "${var.name}-files"
  comment = "As the web says it of its own files"

  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "same-origin"
      override        = true
    }

    content_security_policy {
      content_security_policy = "default-src 'none'; frame-ancestors 'none'"
      override                = true
    }
  }

  custom_headers_config {
    items {
      header   = "Cross-Origin-Resource-Policy"
      value    = "same-origin"
      override = true
    }
  }
}

resource "aws_cloudfront_distribution" "main" {
  #checkov:skip=CKV_AWS_86:Written down by log delivery, in logs.tf
  #checkov:skip=CKV_AWS_305:The page is the web's to send
  #checkov:skip=CKV_AWS_310:A second web would be a second region
  #checkov:skip=CKV_AWS_374:Customers trade from everywhere
  #checkov:skip=CKV2_AWS_47:modules/firewall has KnownBadInputs, in a dynamic block
  enabled         = true
  comment         = "${var.name}: screens and API"
  aliases         = [var.web_host]
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = "PriceClass_100"
  web_acl_id      = var.firewall_arn

  origin {
    origin_id                = "app"
    domain_name              = aws_s3_bucket.app.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.app.id
  }

  # By the host's own name: it is asked for, so its certificate is the one that counts.
  origin {
    origin_id   = "web"
    domain_name = var.load_balancer_name

    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = 60
      origin_keepalive_timeout = 60
    }

    custom_header {
      name  = "X-Metafleet-Edge"
      value = var.edge_key
    }
  }

  default_cache_behavior {
    target_origin_id         = "web"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    viewer_protocol_policy   = "redirect-to-https"
    cache_policy_id          = local.uncached
    origin_request_policy_id = local.all
    compress                 = true
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.files

    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "app"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      viewer_protocol_policy     = "redirect-to-https"
      cache_policy_id            = local.cached
      response_headers_policy_id = aws_cloudfront_response_headers_policy.files.id
      compress                   = true
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}
