"""What an uploaded EA may import and name. The loader of uploaded EAs keeps to the same list."""

from __future__ import annotations

from typing import Final

SDK: Final = frozenset(
    {
        "metafleet.engine.experts",
        "metafleet.engine.experts.agreed",
        "metafleet.engine.experts.charts",
        "metafleet.engine.experts.desk",
        "metafleet.engine.experts.discipline",
        "metafleet.engine.experts.expert",
        "metafleet.engine.experts.indicators",
        "metafleet.engine.experts.inputs",
        "metafleet.engine.experts.lines",
        "metafleet.engine.experts.signals",
        "metafleet.engine.experts.sizing",
        "metafleet.engine.broker.records",
        "metafleet.engine.broker.retcodes",
        "metafleet.engine.market.records",
        "metafleet.engine.market.symbols",
    }
)

STANDARD: Final = frozenset(
    {
        *("__future__", "bisect", "collections", "collections.abc", "dataclasses", "datetime", "decimal"),
        *("enum", "fractions", "functools", "heapq", "itertools", "math", "random", "re", "statistics"),
        "typing",
    }
)
"""Of Python's own library: what computes and touches nothing. Runners have no NumPy."""

MODULES: Final = SDK | STANDARD

FORBIDDEN_NAMES: Final = {
    "open": "An EA reads and writes no files: keep what it needs in its positions and bars.",
    "input": "An EA has nobody to ask: declare an Input.",
    "print": "An EA has no standard output: use self.log(text).",
    **dict.fromkeys(
        ("exec", "eval", "compile", "__import__"), "An EA runs the code that was reviewed and makes no other."
    ),
    **dict.fromkeys(
        ("globals", "locals", "vars", "dir", "getattr", "setattr", "delattr", "object"),
        "Name the attribute itself: what is looked up by a text cannot be reviewed.",
    ),
    **dict.fromkeys(
        ("breakpoint", "help", "exit", "quit", "memoryview"), "There is no use for it in an EA: take it out."
    ),
}
"""Built-in names and what to do instead."""

FORBIDDEN_ATTRIBUTES: Final = frozenset(
    {
        *("gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code", "tb_frame", "tb_next"),
        *("f_back", "f_globals", "f_locals", "f_builtins", "f_code", "func_globals", "func_code", "mro"),
        *("get_type_hints", "ForwardRef", "make_dataclass", "NewType"),
        # Modules that a module of the list has imported for itself.
        *("sys", "os", "io", "builtins", "subprocess", "socket", "ctypes", "pickle", "importlib", "inspect"),
        *("types", "threading", "signal", "shutil", "pathlib", "gc", "weakref", "abc", "operator"),
        "tofile",  # the arrays of a Custom indicator could be written
        *("contextlib", "copyreg", "_sys", "_os", "_abc", "_collections_abc", "_weakref", "_thread"),
    }
)

ALLOWED_DUNDERS: Final = frozenset(
    {
        *("__init__", "__post_init__", "__repr__", "__str__", "__len__", "__iter__", "__next__"),
        *("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__", "__contains__"),
        *(
            "__getitem__",
            "__setitem__",
            "__add__",
            "__sub__",
            "__mul__",
            "__truediv__",
            "__neg__",
            "__call__",
        ),
        *("__slots__", "__all__", "__doc__"),
    }
)
"""Those that a class of the EA's own may define, and call by super()."""

WALL_CLOCK: Final = frozenset({"now", "utcnow", "today"})
