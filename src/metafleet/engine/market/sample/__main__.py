"""Write the sample bar files into the package, or into the folder given."""

from __future__ import annotations

import sys
from pathlib import Path

from metafleet.engine.market.sample import write_sample


def main(arguments: list[str]) -> None:
    """Write the files and say their names and sizes."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    for path in write_sample(folder):
        sys.stdout.write(f"{path} {path.stat().st_size}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
