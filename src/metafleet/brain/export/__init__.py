"""Models for MetaTrader 5 alone: an ONNX graph, the features in MQL5, and a description of both."""

from metafleet.brain.export.checking import Checked, check
from metafleet.brain.export.graph import OnnxMissing, onnx_of
from metafleet.brain.export.header import header_of
from metafleet.brain.export.trees import NotExportable
from metafleet.brain.export.writing import Exported, NotPromoted, export

__all__ = [
    "Checked",
    "Exported",
    "NotExportable",
    "NotPromoted",
    "OnnxMissing",
    "check",
    "export",
    "header_of",
    "onnx_of",
]
