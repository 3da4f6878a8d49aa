"""Sums, lines and extremes of the last `span` values, in an order that the span alone gives.

A window of 16 is two of 8, each of them two of 4, and so on; a window of 20 is the newest 16 and the 4 before
them. So what came before a window changes no bit of it, and it takes log2(span) operations. Every function
returns arrays as long as the values; the first span - 1 places say nothing.

Source of the joining of deviations: Chan, Golub and LeVeque 1979, "Updating Formulae and a Pairwise
Algorithm for Computing Sample Variances"; that of the products with time follows in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from metafleet.brain.features.contract import Column

_CHUNK: Final = 1_024
"""Rows ranked at a time, so that what is compared stays in the processor's cache."""


def lagged(values: Column, bars: int) -> Column:
    """Return the value of so many bars before."""
    made = np.empty_like(values)
    made[:bars] = np.nan
    made[bars:] = values[: len(values) - bars]
    return made


@lru_cache(maxsize=256)
def _pieces(span: int) -> tuple[int, ...]:
    """Return the sizes of a window's parts, newest and largest first."""
    return tuple(1 << bit for bit in reversed(range(span.bit_length())) if span >> bit & 1)


def _padded(values: Column, span: int) -> Column:
    """Return these as long as the bars were that they are of, the first window ending at bar span - 1."""
    made = np.empty(len(values) + span - 1)
    made[: span - 1] = np.nan
    made[span - 1 :] = values
    return made


class Sums:
    """Sums of windows of any span of these values; what they share is added once."""

    def __init__(self, values: Column) -> None:
        self._halves = {1: values}

    def of(self, span: int) -> Column:
        """Return the sum of each `span` values, of which there must be so many."""
        pieces = _pieces(span)
        count = len(self._halves[1]) - span + 1
        begin = span - pieces[0]
        total = self._of_power(pieces[0])[begin : begin + count]
        for piece in pieces[1:]:
            begin -= piece
            total = total + self._of_power(piece)[begin : begin + count]
        return _padded(total, span)

    def _of_power(self, size: int) -> Column:
        """Return the sums of each so many values; the first is that of the oldest."""
        if size not in self._halves:
            half = self._of_power(size // 2)
            self._halves[size] = half[: -size // 2] + half[size // 2 :]
        return self._halves[size]


def sums(values: Column, span: int) -> Column:
    """Return the sum of each `span` values."""
    return Sums(values).of(span)


def means(values: Column, span: int) -> Column:
    """Return the mean of each `span` values."""
    return sums(values, span) / span


class Line(NamedTuple):
    """Of a window: the mean, the sum of squared distances from it, and the sum of the products of these
    distances with those of time (in bars) from its middle. Exactly the value, 0 and 0 where all are alike."""

    mean: Column
    squares: Column
    products: Column


class Lines:
    """Straight lines through windows of any span of these values; what they share is reckoned once."""

    def __init__(self, values: Column) -> None:
        nothing = np.zeros_like(values)
        self._halves = {1: Line(values, nothing, nothing)}
        self._made: dict[int, Line] = {}

    def of(self, span: int) -> Line:
        """Return what a straight line through each `span` values is made of."""
        if span not in self._made:
            self._made[span] = Line(*(_padded(part, span) for part in self._windows(span)))
        return self._made[span]

    def _windows(self, span: int) -> Line:
        pieces = _pieces(span)
        end = len(self._halves[1].mean) - span + 1
        begin, after = span - pieces[0], pieces[0]
        whole = _cut(self._of_power(pieces[0]), begin, begin + end)
        for piece in pieces[1:]:
            begin -= piece
            whole = _joined(_cut(self._of_power(piece), begin, begin + end), whole, piece, after)
            after += piece
        return whole

    def _of_power(self, size: int) -> Line:
        if size not in self._halves:
            half, step = self._of_power(size // 2), size // 2
            self._halves[size] = _joined(_cut(half, 0, -step), _cut(half, step, None), step, step)
        return self._halves[size]


def _cut(line: Line, begin: int, end: int | None) -> Line:
    return Line(line.mean[begin:end], line.squares[begin:end], line.products[begin:end])


def _joined(older: Line, newer: Line, before: int, after: int) -> Line:
    """Return the line of two windows of these sizes, one after the other."""
    apart = newer.mean - older.mean
    return Line(
        newer.mean - apart * (before / (before + after)),
        older.squares + newer.squares + apart * apart * (before * after / (before + after)),
        older.products + newer.products + apart * (before * after / 2),
    )


def highest(values: Column, span: int) -> Column:
    """Return the highest of each `span` values."""
    return _extremes(values, span, np.maximum)


def lowest(values: Column, span: int) -> Column:
    """Return the lowest of each `span` values."""
    return _extremes(values, span, np.minimum)


def _extremes(values: Column, span: int, pick: Callable[[Any, Any], Any]) -> Column:
    # The highest of two windows that overlap is the highest of both: halves need not fit.
    made, size = values, 1
    while 2 * size <= span:
        made = pick(made[:-size], made[size:])
        size *= 2
    if size < span:
        made = pick(made[: size - span], made[span - size :])
    return _padded(made, span)


def ranks(values: Column, span: int, rows: slice) -> Column:
    """Return the newest value's rank among the span - 1 before it: 0 lowest, 1 highest, ties count half.

    rows: those that are asked for; the others say nothing.
    """
    made = np.full(len(values), np.nan)
    seen = np.lib.stride_tricks.sliding_window_view(values, span)
    asked = np.arange(len(values))[rows]
    asked = asked[asked >= span - 1]
    for begin in range(0, len(asked), _CHUNK):
        some = asked[begin : begin + _CHUNK]
        windows = seen[some[0] - span + 1 : some[-1] - span + 2 : rows.step or 1]
        newest, before = windows[:, -1:], windows[:, :-1]
        # Counts are whole numbers: their order changes no bit.
        less, equal = (before < newest).sum(axis=1), (before == newest).sum(axis=1)
        made[some] = (less + 0.5 * equal) / (span - 1)
    return made


MQL: Final = """
// The sum of 'count' values, a power of two, that end at 'last': two halves, older and newer.
double MfHalves(const double &values[], const int last, const int count)
  {
   if(count == 1)
      return values[last];
   return MfHalves(values, last - count / 2, count / 2) + MfHalves(values, last, count / 2);
  }

// The sum of all values, the newest and largest power of two first.
double MfSum(const double &values[])
  {
   int left = ArraySize(values);
   int last = left - 1;
   int piece = 1;
   while(2 * piece <= left)
      piece *= 2;
   double total = MfHalves(values, last, piece);
   last -= piece;
   left -= piece;
   while(left > 0)
     {
      while(piece > left)
         piece /= 2;
      total = total + MfHalves(values, last, piece);
      last -= piece;
      left -= piece;
     }
   return total;
  }

// Joins the line of 'before' older values (mean, squares, products) to that of 'after' newer ones.
void MfJoin(const double mean, const double squares, const double products, const int before, const int after,
            double &ofMean, double &ofSquares, double &ofProducts)
  {
   double apart = ofMean - mean;
   double sizes = (double)(before * after);
   double share = (double)before / (double)(before + after);
   double weight = sizes / (double)(before + after);
   double lever = sizes / 2.0;
   ofMean = ofMean - apart * share;
   ofSquares = squares + ofSquares + apart * apart * weight;
   ofProducts = products + ofProducts + apart * lever;
  }

// The mean, squared distances and products with time of 'count' values, a power of two, that end at 'last'.
void MfLineHalves(const double &values[], const int last, const int count,
                  double &mean, double &squares, double &products)
  {
   if(count == 1)
     {
      mean = values[last];
      squares = 0.0;
      products = 0.0;
      return;
     }
   double olderMean = 0.0;
   double olderSquares = 0.0;
   double olderProducts = 0.0;
   MfLineHalves(values, last - count / 2, count / 2, olderMean, olderSquares, olderProducts);
   MfLineHalves(values, last, count / 2, mean, squares, products);
   MfJoin(olderMean, olderSquares, olderProducts, count / 2, count / 2, mean, squares, products);
  }

// The same of all values.
void MfLine(const double &values[], double &mean, double &squares, double &products)
  {
   int left = ArraySize(values);
   int last = left - 1;
   int piece = 1;
   while(2 * piece <= left)
      piece *= 2;
   MfLineHalves(values, last, piece, mean, squares, products);
   int after = piece;
   last -= piece;
   left -= piece;
   while(left > 0)
     {
      while(piece > left)
         piece /= 2;
      double olderMean = 0.0;
      double olderSquares = 0.0;
      double olderProducts = 0.0;
      MfLineHalves(values, last, piece, olderMean, olderSquares, olderProducts);
      MfJoin(olderMean, olderSquares, olderProducts, piece, after, mean, squares, products);
      after += piece;
      last -= piece;
      left -= piece;
     }
  }

// The newest value's rank among those before it: 0 lowest, 1 highest, ties count half.
double MfRank(const double &values[])
  {
   int others = ArraySize(values) - 1;
   int less = 0;
   int equal = 0;
   for(int i = 0; i < others; i++)
     {
      if(values[i] < values[others])
         less++;
      if(values[i] == values[others])
         equal++;
     }
   return ((double)less + 0.5 * (double)equal) / (double)others;
  }

// The closes of 'count' bars that end at 'at'.
void MfCloses(const MqlRates &rates[], const int at, const int count, double &values[])
  {
   ArrayResize(values, count);
   for(int i = 0; i < count; i++)
      values[i] = rates[at - count + 1 + i].close;
  }
"""
"""The same windows in MQL5."""
