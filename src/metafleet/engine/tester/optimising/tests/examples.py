"""EAs and markets that the tests search over."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.engine.experts import Expert, Input, InputRefused
from metafleet.engine.experts.inputs import InputValue


class Sample(Expert):
    """Inputs of every kind; fast must be less than slow."""

    fast: int = Input(10, title="Fast", ge=5, le=50, step=5, unit="bars")
    slow: int = Input(30, ge=10, le=100)
    risk: float = Input(0.5, gt=0.0, le=5.0)
    mode: str = Input("a", choices=("a", "b", "c"))
    is_loud: bool = Input(False)

    @classmethod
    def check_inputs(cls, inputs: Mapping[str, InputValue]) -> None:
        """The fast one is the faster one."""
        if int(inputs["fast"]) >= int(inputs["slow"]):
            raise InputRefused("fast", "must be less than slow")
