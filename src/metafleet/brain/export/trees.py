"""Trees as LightGBM writes them in its model's text, laid out as ONNX wants them.

Source: LightGBM's `Tree::ToString` and `tree.h`: a child below 0 is the leaf of that number's complement;
decision_type has bit 1 for a category, bit 2 for default left, and 4 or 8 for what counts as missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

_CATEGORICAL: Final = 1
_ZERO_IS_MISSING: Final = 4


class NotExportable(ValueError):
    """A model is of a kind that ONNX cannot say here; the text says which."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """A tree. Of each inner node: the feature, the threshold (left where not more), and the children, where a
    leaf is ~its number. leaves: what they add to the raw score. A tree without inner nodes has one leaf."""

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    leaves: tuple[float, ...]


def trees_of(text: str) -> tuple[Tree, ...]:
    """Return the trees of a model's text. Raises NotExportable."""
    head, *parts = text.split("\nTree=")
    _check_head(head)
    return tuple(_tree(dict(_pairs(part.split("end of trees")[0]))) for part in parts)


def _check_head(head: str) -> None:
    words = dict(_pairs(head))
    if words.get("num_tree_per_iteration", "1") != "1":
        raise NotExportable("the trees are of several classes; expected one probability")
    if "average_output" in head.split("\n"):
        raise NotExportable("the trees' mean is the score; expected their sum")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if equals:
            yield name, value


def _tree(words: dict[str, str]) -> Tree:
    if words.get("is_linear", "0") != "0":
        raise NotExportable("leaves are linear models; expected numbers")
    decisions = [int(word) for word in words.get("decision_type", "").split()]
    if any(decision & _CATEGORICAL for decision in decisions):
        raise NotExportable("a feature is a category; expected numbers")
    if any(decision & _ZERO_IS_MISSING for decision in decisions):
        raise NotExportable("zeros count as missing; expected a model that takes them for what they are")
    return Tree(
        features=tuple(map(int, words.get("split_feature", "").split())),
        thresholds=tuple(map(float, words.get("threshold", "").split())),
        left=tuple(map(int, words.get("left_child", "").split())),
        right=tuple(map(int, words.get("right_child", "").split())),
        leaves=tuple(map(float, words["leaf_value"].split())),
    )
