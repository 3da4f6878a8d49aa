"""What is compiled: the loop over declared entries, and what it is made of. It is imported where numba is
there, and only there.

Prices are whole points and money whole cents, so that nothing is rounded but where the ledger rounds, and
then as `broker.booking` does it. What it does for an entry, a stop, a night is written in
`experts.declaring`; each step is named after the ledger's that it stands for.

`compiling` imports it, having said first where machine code is kept.
"""

from metafleet.engine.tester.declared.kernel import words
from metafleet.engine.tester.declared.kernel.loop import run
from metafleet.engine.tester.declared.kernel.prices import lay
from metafleet.engine.tester.declared.kernel.words import DONE, THIN

__all__ = ["DONE", "THIN", "lay", "run", "words"]
