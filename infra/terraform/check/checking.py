"""All checks of a folder's modules."""

from __future__ import annotations

from pathlib import Path

from infra.terraform.check import blocks, exposure, references
from infra.terraform.check.configuration import read


def module_folders(root: Path) -> list[Path]:
    """Every folder below root that has Terraform sources, but not what Terraform itself fetched."""
    folders = {file.parent for file in root.rglob("*.tf") if ".terraform" not in file.parts}
    return sorted(folders)


def faults_of(folder: Path) -> list[str]:
    """What is wrong in one module, each a sentence that begins with the file and the block."""
    module = read(folder)
    if module.faults:  # what could not be read would be missed by everything else
        return module.faults
    return [*blocks.faults(module), *references.faults(module), *exposure.faults(module)]
