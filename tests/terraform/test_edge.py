"""CloudFront has the screens' files and nothing else; all other requests get to the product uncached."""

from __future__ import annotations

from pathlib import Path

from infra.terraform.check.configuration import Body, read

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "infra/terraform/modules"


def _resource(module: str, type_: str, name: str = "main") -> Body:
    return read(MODULES / module).declared["resource", type_, name].body


def test_api_sign_in_page_and_live_stream_pass_uncached() -> None:
    default = _resource("edge", "aws_cloudfront_distribution")["default_cache_behavior"][0]
    assert default["target_origin_id"] == '"web"'
    assert default["cache_policy_id"] == "${local.uncached}"
    assert default["origin_request_policy_id"] == "${local.all}"
    assert {'"POST"', '"PUT"', '"PATCH"', '"DELETE"'} <= set(default["allowed_methods"])


def test_what_cloudfront_has_is_what_a_build_has_besides_the_page() -> None:
    files = read(MODULES / "edge").of("local")["files"].body["value"]
    public = {f'"/{file.name}"' for file in (ROOT / "frontend/public").iterdir()}
    assert set(files) == {'"/assets/*"'} | public


def test_nobody_but_cloudfront_reads_the_bucket() -> None:
    block = _resource("edge", "aws_s3_bucket_public_access_block", "app")
    assert all(
        value is True for name, value in block.items() if name.startswith(("block_", "ignore_", "restrict_"))
    )
    document = read(MODULES / "edge").declared["data", "aws_iam_policy_document", "app"].body
    reads = next(each for each in document["statement"] if each["sid"] == '"CloudFrontReads"')
    assert reads["condition"][0]["variable"] == '"aws:SourceArn"'


def test_the_web_answers_cloudfront_alone_where_there_is_one() -> None:
    conditions = _resource("load_balancer", "aws_lb_listener_rule", "host")["dynamic"]
    spec = conditions[0]['"condition"']
    assert 'each.key == "web"' in spec["for_each"]
    assert spec["content"][0]["http_header"][0]["values"] == ["${var.edge_key}"]


def test_requests_are_written_down() -> None:
    assert _resource("load_balancer", "aws_lb")["access_logs"][0]["enabled"] is True
