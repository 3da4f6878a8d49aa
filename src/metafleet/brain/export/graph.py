"""A model as an ONNX graph that MetaTrader 5's own functions run.

One float32 input `features` [1, n], one float32 output `probability` [1, 1]. In between everything is
float64, as in `Model.probability`: float32 sums of hundreds of trees would be off by too much.

Source of the limits: MetaTrader runs ONNX Runtime; its oldest builds with it are of 1.14, whose processor
kernels know opset 18, ai.onnx.ml 3 and IR version 8. No sequences and no maps, so no classifier's ZipMap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from metafleet.brain.export.trees import Tree, trees_of
from metafleet.brain.model import Linear, Model

OPSET: Final = 15
OPSET_ML: Final = 3
IR_VERSION: Final = 8
INPUT: Final = "features"
OUTPUT: Final = "probability"

_ZERO_UP_TO: Final = float(np.float32(1e-35))
"""Source: kZeroThreshold of LightGBM's `meta.h`, a float32."""


class OnnxMissing(RuntimeError):
    """The library that writes ONNX is not installed; one sentence says what to install."""


def import_onnx() -> Any:
    """Return the module. Raises OnnxMissing."""
    try:
        import onnx
    except ImportError as error:
        raise OnnxMissing("ONNX files are written by onnx: pip install 'metafleet[onnx]'") from error
    return onnx


def onnx_of(model: Model) -> bytes:
    """Return the file: of the same model always the same bytes. Raises OnnxMissing, NotExportable."""
    onnx = import_onnx()
    width = len(model.spec.features)
    scored = _line(model.scorer) if isinstance(model.scorer, Linear) else _trees(model.scorer.text)
    graph = _Graph(onnx)
    graph.constant("columns", np.array([1], np.int64))
    graph.add("Cast", [INPUT], "wide", to=onnx.TensorProto.DOUBLE)
    scored(graph)
    _finish(graph, model)
    made = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "metafleet",
            [onnx.helper.make_tensor_value_info(INPUT, onnx.TensorProto.FLOAT, [1, width])],
            [onnx.helper.make_tensor_value_info(OUTPUT, onnx.TensorProto.FLOAT, [1, 1])],
            graph.constants,
        ),
        opset_imports=[
            onnx.helper.make_opsetid("", OPSET),
            onnx.helper.make_opsetid("ai.onnx.ml", OPSET_ML),
        ],
        ir_version=IR_VERSION,
        producer_name="metafleet",
    )
    onnx.helper.set_model_props(made, {"model": model.spec.name, "sha256": model.content_hash})
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        """Add a node, whose output has this name."""
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [output], name=output, **attributes))

    def constant(self, name: str, values: Any) -> str:
        """Add a constant and return its name."""
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name


def _finish(graph: _Graph, model: Model) -> None:
    """From `score`, float64, to the output: calibrated; NaN where a feature is not finite."""
    calibration = model.spec.calibration
    # 0 times what is not finite is NaN, and so is all that it is added to.
    graph.add("Mul", ["wide", graph.constant("nothing", np.zeros(1))], "whole")
    graph.add("ReduceSum", ["whole", "columns"], "nan_or_0", keepdims=1)
    graph.add("Mul", ["score", graph.constant("slope", np.array([calibration.slope]))], "sloped")
    graph.add("Add", ["sloped", graph.constant("offset", np.array([calibration.intercept]))], "odds")
    graph.add("Add", ["odds", "nan_or_0"], "log_odds")
    graph.add("Sigmoid", ["log_odds"], "calibrated")
    graph.add("Cast", ["calibrated"], OUTPUT, to=graph.onnx.TensorProto.FLOAT)


def _line(line: Linear) -> Callable[[_Graph], None]:
    def add(graph: _Graph) -> None:
        graph.add("Sub", ["wide", graph.constant("means", np.array(line.means))], "apart")
        graph.add("Div", ["apart", graph.constant("scales", np.array(line.scales))], "scaled")
        least, most = (graph.constant(name, np.array(value)) for name, value in
                       (("least", -line.clip), ("most", line.clip)))  # fmt: skip
        graph.add("Clip", ["scaled", least, most], "clipped")
        graph.add("Mul", ["clipped", graph.constant("weights", np.array(line.weights))], "weighted")
        graph.add("ReduceSum", ["weighted", "columns"], "summed", keepdims=1)
        graph.add("Add", ["summed", graph.constant("intercept", np.array([line.intercept]))], "score")

    return add


def _trees(text: str) -> Callable[[_Graph], None]:
    trees = trees_of(text)

    def add(graph: _Graph) -> None:
        # LightGBM takes what is so small for 0 before it looks at a tree.
        graph.add("Abs", ["wide"], "size")
        graph.add("Greater", ["size", graph.constant("zero_up_to", np.array(_ZERO_UP_TO))], "is_more")
        graph.add("Cast", ["is_more"], "once", to=graph.onnx.TensorProto.DOUBLE)
        graph.add("Mul", ["wide", "once"], "seen")
        # The thresholds are float64, and so is what is compared: the same branch as in LightGBM.
        graph.nodes.append(
            graph.onnx.helper.make_node(
                "TreeEnsembleRegressor",
                ["seen"],
                ["summed"],
                name="summed",
                domain="ai.onnx.ml",
                **_attributes(graph.onnx, trees),
            )
        )
        graph.add("Cast", ["summed"], "score", to=graph.onnx.TensorProto.DOUBLE)

    return add


def _attributes(onnx: Any, trees: Sequence[Tree]) -> dict[str, Any]:
    nodes = [node for number, tree in enumerate(trees) for node in _nodes(number, tree)]
    leaves = [
        (number, len(tree.features) + leaf, value)
        for number, tree in enumerate(trees)
        for leaf, value in enumerate(tree.leaves)
    ]

    def wide(name: str, values: Sequence[float]) -> Any:
        return onnx.numpy_helper.from_array(np.array(values, np.float64), name)

    columns = list(zip(*nodes, strict=True))
    return {
        "n_targets": 1,
        "aggregate_function": "SUM",
        "post_transform": "NONE",
        "nodes_treeids": columns[0],
        "nodes_nodeids": columns[1],
        "nodes_modes": columns[2],
        "nodes_featureids": columns[3],
        "nodes_values_as_tensor": wide("nodes_values", columns[4]),
        "nodes_truenodeids": columns[5],
        "nodes_falsenodeids": columns[6],
        "nodes_missing_value_tracks_true": [0] * len(nodes),
        "target_treeids": [leaf[0] for leaf in leaves],
        "target_nodeids": [leaf[1] for leaf in leaves],
        "target_ids": [0] * len(leaves),
        "target_weights_as_tensor": wide("target_weights", [leaf[2] for leaf in leaves]),
    }


def _nodes(number: int, tree: Tree) -> Iterator[tuple[int, int, str, int, float, int, int]]:
    """Yield (tree, node, mode, feature, threshold, if true, if false); leaves come after the inner nodes."""
    inner = len(tree.features)
    for node in range(inner):
        left, right = (
            child if child >= 0 else inner + ~child for child in (tree.left[node], tree.right[node])
        )
        yield number, node, "BRANCH_LEQ", tree.features[node], tree.thresholds[node], left, right
    for leaf in range(len(tree.leaves)):
        yield number, inner + leaf, "LEAF", 0, 0.0, 0, 0
