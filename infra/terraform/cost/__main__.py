"""usage: python -m infra.terraform.cost: write the table of docs/guides/cost.md anew."""

from __future__ import annotations

import sys

from infra.terraform.cost.prices import NoSuchPrice, Prices
from infra.terraform.cost.table import GUIDE, guide_with, table

try:
    GUIDE.write_text(guide_with(table(Prices())))
except NoSuchPrice as refusal:
    sys.exit(str(refusal))
