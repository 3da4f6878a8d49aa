"""usage: python -m infra.terraform.check [FOLDER, infra/terraform if none is named]; 1 on a fault."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.terraform.check import schema
from infra.terraform.check.checking import faults_of, module_folders

root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
folders = module_folders(root)
faults = [fault for folder in folders for fault in faults_of(folder)]
for fault in faults:
    sys.stdout.write(fault + "\n")
words = f"{len(folders)} modules, {len(faults)} faults, against AWS provider {schema.provider_version()}"
sys.stdout.write(words + "\n")
sys.exit(bool(faults) or not folders)
