"""A model's file, `.mfm`: a zip of spec.json, booster.txt or linear.json, and card.json."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain.model.card import Card
from metafleet.brain.model.scorers import Booster, Linear, Matrix
from metafleet.brain.model.spec import ModelSpec

Side = Literal["buy", "sell", "none"]

LARGEST_BYTES: Final = 64 << 20
"""Of a file, and of what is in it: trees of a year's search take a few megabytes."""

_SPEC: Final = "spec.json"
_CARD: Final = "card.json"
_TREES: Final = "booster.txt"
_LINE: Final = "linear.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip can say: when a model was made is none of its content."""

_Read = TypeVar("_Read")


class ModelRefused(ValueError):
    """A file is no model that can be used; the text says what is wrong with it."""


class Verdict(msgspec.Struct, frozen=True):
    """What a probability means. size: 0 to 1, a hint: 0 with side "none", 1 from the model's `full_at` on."""

    side: Side
    probability: float
    size: float


class Model:
    """A model that is ready to be asked. Nothing of it ever changes."""

    def __init__(self, spec: ModelSpec, scorer: Booster | Linear, card: Card) -> None:
        """Raises ModelRefused where the scorer is not of the spec's kind and width."""
        if isinstance(scorer, Linear) != (spec.kind == "linear"):
            raise ModelRefused(f"the spec says {spec.kind}, and the model is of another kind")
        if isinstance(scorer, Linear) and scorer.width != len(spec.features):
            raise ModelRefused(f"the model takes {scorer.width} features, the spec has {len(spec.features)}")
        self.spec = spec
        self.scorer = scorer
        self.card = card

    @classmethod
    def load(cls, source: bytes | Path) -> Model:
        """Return a file's model, whose trees are parsed when first asked. Raises ModelRefused."""
        parts = _unpacked(_read(source) if isinstance(source, Path) else source)
        spec = _decoded(parts, _SPEC, ModelSpec)
        scorer = _decoded(parts, _LINE, Linear) if spec.kind == "linear" else _booster(parts)
        card = _decoded(parts, _CARD, Card)
        if parts:
            raise ModelRefused(f"holds {min(parts)!r}, which no model has")
        return cls(spec, scorer, card)

    def to_bytes(self) -> bytes:
        """Return the file: of the same model always the same bytes, on any machine."""
        trees = isinstance(self.scorer, Booster)
        parts = {
            _SPEC: _encoded(self.spec),
            _TREES if trees else _LINE: (
                self.scorer.text.encode() if isinstance(self.scorer, Booster) else _encoded(self.scorer)
            ),
            _CARD: _encoded(self.card),
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            # Stored, not packed: libraries that pack differ in their bytes.
            for name, content in parts.items():
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                archive.writestr(entry, content)
        return file.getvalue()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the file's bytes, 64 hexadecimal digits: what names this model everywhere."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def probability(self, matrix: Matrix) -> NDArray[np.float64]:
        """Return the calibrated probability, for each row, that the upper barrier comes first, or the price
        rises by the end of the horizon.

        matrix: float32, shape (n, features of the spec in their order). Returns float64, shape (n,); NaN for
        a row in which any feature is not finite: a window that is not yet full says nothing. The same bits
        whether rows are asked alone or together. Raises ValueError for another shape, LibraryMissing.
        """
        rows = np.ascontiguousarray(matrix, np.float32)
        if rows.ndim != 2 or rows.shape[1] != len(self.spec.features):
            raise ValueError(f"expected a matrix of {len(self.spec.features)} columns, found {rows.shape}")
        is_whole = np.isfinite(rows).all(axis=1)
        made = np.full(len(rows), np.nan)
        scores = self.scorer.scores(rows[is_whole])
        calibration = self.spec.calibration
        made[is_whole] = logistic(calibration.slope * scores + calibration.intercept)
        return made

    def verdict(self, probability: float) -> Verdict:
        """Return what to do at this probability; "none" where it is NaN."""
        p, threshold = probability, self.spec.threshold
        side: Side = "buy" if p >= threshold else "sell" if 1 - p >= threshold else "none"
        if side == "none":
            return Verdict(side, p, 0.0)
        size = (max(p, 1 - p) - 0.5) / (self.spec.full_at - 0.5)
        return Verdict(side, p, min(1.0, size))


def logistic(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-score)); scores beyond ±40 count as that, which is certain to 1e-17."""
    made: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(scores, -40.0, 40.0)))
    return made


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror or error}") from error


def _unpacked(content: bytes) -> dict[str, bytes]:
    if len(content) > LARGEST_BYTES:
        raise ModelRefused(f"has {len(content):,} bytes; at most {LARGEST_BYTES:,} are read")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST_BYTES or len(entries) > 8:
                raise ModelRefused("unpacks to more than a model has")
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelRefused(f"is no model file (.mfm): {error}") from error
    if len(parts) != len(entries):
        raise ModelRefused("holds a part twice")
    return parts


def _booster(parts: dict[str, bytes]) -> Booster:
    try:
        return Booster(_part(parts, _TREES).decode())
    except (UnicodeDecodeError, ValueError) as error:
        raise ModelRefused(f"{_TREES}: {error}") from error


def _part(parts: dict[str, bytes], name: str) -> bytes:
    if name not in parts:
        raise ModelRefused(f"has no {name}")
    return parts.pop(name)


def _decoded(parts: dict[str, bytes], name: str, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(_part(parts, name), type=kind)
    except msgspec.MsgspecError as error:
        raise ModelRefused(f"{name}: {error}") from error


def _encoded(part: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(part, order="deterministic"), indent=1) + b"\n"
