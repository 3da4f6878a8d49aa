"""MetaTrader 5's functions for models that a program carries, over the real ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np

from connectors.harness.machine import MqlError

NOT_INITIALIZED, RUN_FAILED, WRONG_PARAMETER, WRONG_SIZE = 5801, 5803, 5805, 5807


class Models:
    """What was loaded, by its handle. is_broken: whatever is asked fails from now on."""

    def __init__(self) -> None:
        self.is_broken = False
        self._sessions: dict[int, Any] = {}

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer to a question of these functions, None to another. Raises MqlError."""
        match name, arguments:
            case "OnnxCreateFromBuffer", [content, _]:
                return [self._create(content.encode("utf-8", "surrogateescape"))]
            case "OnnxRun", [handle, size, numbers]:
                return self._run(int(handle), int(size), numbers)
            case "OnnxRelease", [handle]:
                if self._sessions.pop(int(handle), None) is None:
                    raise MqlError(WRONG_PARAMETER)
                return [1]
        return None

    @property
    def loaded(self) -> int:
        """How many were loaded and not released."""
        return len(self._sessions)

    def _create(self, content: bytes) -> int:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        if self.is_broken:
            raise MqlError(NOT_INITIALIZED)
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception:  # noqa: BLE001 - its many kinds have no common base
            raise MqlError(NOT_INITIALIZED) from None
        handle = max(self._sessions, default=0) + 1
        self._sessions[handle] = session
        return handle

    def _run(self, handle: int, size: int, numbers: str) -> list[object]:
        if handle not in self._sessions:
            raise MqlError(WRONG_PARAMETER)
        session = self._sessions[handle]
        given = np.array([float(number) for number in numbers.split()], np.float32)
        [wanted], [said] = session.get_inputs(), session.get_outputs()
        # The arrays are not converted: they have the shapes of the graph, or nothing is run.
        if given.size != np.prod(wanted.shape) or size != np.prod(said.shape):
            raise MqlError(WRONG_SIZE)
        if self.is_broken:
            raise MqlError(RUN_FAILED)
        found = session.run(None, {wanted.name: given.reshape(wanted.shape)})[0]
        return [float(value) for value in np.ravel(found)]
