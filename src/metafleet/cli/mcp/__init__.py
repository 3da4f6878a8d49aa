"""`metafleet mcp`: what an assistant may ask of a running platform, and with leave what it may do."""

from __future__ import annotations

from typing import Annotated

import typer

from metafleet.cli.asking import Url


def mcp(
    act: Annotated[
        bool,
        typer.Option(
            "--act",
            help="Offer what changes things too, as far as the key may: each is shown first and confirmed.",
        ),
    ] = False,
    url: Url = None,
) -> None:
    """Serve an assistant by the Model Context Protocol, over standard input and output.

    The key is METAFLEET_KEY: made under Settings, API keys, with the scope read, and trade or deploy for what
    the assistant may do.
    """
    from metafleet.cli.api_client import here, read_access
    from metafleet.cli.mcp.server import open_desk, serve

    environ, cwd = here()
    access = read_access(environ, cwd, url=url, email=None, password=None)
    serve(open_desk(access.url, environ.get("METAFLEET_KEY", "")), may_act=act)
