"""`python -m connectors.package FOLDER [--name NAME.zip]`: writes the zip and its hash into a folder.

Needs nothing but Python: it also runs while the product is being built.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path
from typing import Final

from connectors.package.contents import files, sums, version

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""A zip knows no earlier time, and the same sources must give the same bytes."""


def zipped() -> bytes:
    """Return the zip: one folder, named after the version. Stored: compressors differ in their bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files().items()):
            one = zipfile.ZipInfo(f"metafleet-connectors-{version()}/{path}", _LONG_AGO)
            one.create_system, one.external_attr = 3, 0o100644 << 16
            archive.writestr(one, content)
    return made.getvalue()


def write(folder: Path, name: str) -> Path:
    """Write the zip, and SHA256SUMS beside it; return the zip's path. Raises OSError."""
    content = zipped()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    (folder / "SHA256SUMS").write_bytes(sums({name: content}))
    return folder / name


def main(arguments: list[str] | None = None) -> None:
    """Do what the command says."""
    parser = argparse.ArgumentParser(prog="python -m connectors.package")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default=f"metafleet-connectors-{version()}.zip")
    chosen = parser.parse_args(arguments)
    sys.stdout.write(f"{write(chosen.folder, chosen.name)}\n")


if __name__ == "__main__":
    main()
