"""`python -m benchmarks [names]`: run all of them, or these, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NOT_RUN = {"__init__", "__main__", "echo", "careful", "stand_in", "statement", "collector"}


def main(names: list[str]) -> int:
    here = Path(__file__).parent
    files = {path.stem for path in here.glob("*.py")}
    files |= {path.parent.name for path in here.glob("*/__main__.py")}
    known = sorted(files - NOT_RUN)
    failed = 0
    for name in names or known:
        if name not in known:
            print(f"There is no benchmark {name!r}; there are {', '.join(known)}.", file=sys.stderr)
            return 2
        print(f"\n{name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0  # noqa: S603
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
