"""Hooks of mkdocs.yml: the pages of the repository's root are pages of the site too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).resolve().parents[1]
OF_THE_ROOT: Final = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAST_DOCS: Final = re.compile(rf"\]\((?P<up>(?:\.\./)*)\.\./(?P<page>{'|'.join(OF_THE_ROOT)})(?P<end>[#)])")
INTO_DOCS: Final = re.compile(r"\]\(docs/")


def on_files(files: Files, config: Any) -> Files:
    for name in OF_THE_ROOT:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links are written as the repository has them; on the site the root's pages lie beside docs' own."""
    if page.file.src_uri in OF_THE_ROOT:
        return INTO_DOCS.sub("](", markdown)
    return PAST_DOCS.sub(r"](\g<up>\g<page>\g<end>", markdown)
