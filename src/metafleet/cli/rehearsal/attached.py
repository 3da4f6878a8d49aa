"""The process of a program on a paper server: `python -m metafleet.cli.rehearsal.attached SCRIPT ARGUMENTS`.

Market, accounts and clock are those of METAFLEET_PAPER_SERVER: there is nothing to report on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from metafleet.engine.rehearsal.importing import offer
from metafleet.engine.rehearsal.program import leave, run_file

if __name__ == "__main__":
    offer()
    leave(run_file(Path(sys.argv[1]), sys.argv[2:]))
