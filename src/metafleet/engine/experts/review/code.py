"""The code of an EA: what it imports, names and reaches for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from metafleet.engine.experts import __all__ as sdk_names
from metafleet.engine.experts.review import allowed
from metafleet.engine.experts.review.findings import Finding, error, warning

_REACHES_IN = re.compile(r"\{[^{}]*(\.|\[)?_{1,2}[a-z]")


def check_code(tree: ast.Module) -> Iterator[Finding]:
    """Yield what is wrong with imports, names, attributes and annotations, anywhere in the file."""
    for node in ast.walk(tree):
        yield from _reached(node)
        yield from _written(node)
    for annotation in _annotations(tree):
        yield from _annotation(annotation)


def _reached(node: ast.AST) -> Iterator[Finding]:
    """What code reaches for: modules, names, attributes."""
    match node:
        case ast.Import():
            for alias in node.names:
                yield from _import(node.lineno, alias.name)
        case ast.ImportFrom():
            yield from _import_from(node)
        case ast.Name():
            yield from _name(node)
        case ast.Attribute():
            yield from _attribute(node)
        case ast.Constant(value=str() as text):
            yield from _text(node.lineno, text)


def _written(node: ast.AST) -> Iterator[Finding]:
    """How code is built: definitions, loops, classes made by a call."""
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            yield from _defined(node)
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            yield error(node.lineno, "async", "Hooks are called one by one: write it without async.")
        case ast.While():
            yield from _endless(node)
        case ast.Call(func=ast.Name(id="type"), args=[_, _, *_]):
            yield error(node.lineno, "reflection", "Write the class out: type() may only be asked.")


def _import_from(node: ast.ImportFrom) -> Iterator[Finding]:
    if node.level:
        yield error(node.lineno, "import", "An EA is one file: write the import with its full name.")
        return
    module = node.module or ""
    parts = {f"{module}.{alias.name}" for alias in node.names}
    if not parts <= allowed.SDK:
        yield from _module(node.lineno, module)
    for alias in node.names:
        if alias.name == "*":
            yield error(node.lineno, "import", "Name what is imported instead of *.")
        elif f"{module}.{alias.name}" in allowed.SDK:
            continue
        elif module == "metafleet.engine.experts" and alias.name not in sdk_names:
            choice = ", ".join(sorted(sdk_names))
            yield error(node.lineno, "import", f"{module} offers {choice}; {alias.name} is none of them.")
        elif module not in allowed.SDK and _is_forbidden(alias.name):
            yield error(node.lineno, "import", f"{module}.{alias.name} is not for EAs: take it out.")


def _import(line: int, name: str) -> Iterator[Finding]:
    if name.startswith("metafleet"):
        yield error(
            line, "import", f"Write from {name} import what is needed: the whole package is not for EAs."
        )
    else:
        yield from _module(line, name)


def _module(line: int, name: str) -> Iterator[Finding]:
    if name not in allowed.MODULES:
        choice = ", ".join(sorted(allowed.STANDARD - {"__future__"}))
        yield error(
            line,
            "import",
            f"{name} may not be imported. There are metafleet.engine.experts and {choice}; an EA touches no "
            "file, network or process.",
        )
    elif name == "random":
        yield warning(
            line,
            "random",
            "Random numbers make runs that nobody can repeat: use random.Random(a fixed seed).",
        )


def _name(node: ast.Name) -> Iterator[Finding]:
    if isinstance(node.ctx, ast.Load) and (advice := allowed.FORBIDDEN_NAMES.get(node.id)):
        yield error(node.lineno, "name", f"{node.id}: {advice}")
    elif node.id.startswith("__") and node.id not in {"__name__", *allowed.ALLOWED_DUNDERS}:
        yield error(node.lineno, "reflection", f"{node.id}: an EA does not look into Python itself.")


def _attribute(node: ast.Attribute) -> Iterator[Finding]:
    is_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    is_super = isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)
    if _is_forbidden(node.attr) and not (is_super and node.attr in allowed.ALLOWED_DUNDERS):
        yield error(node.lineno, "reflection", f".{node.attr}: an EA does not look into Python itself.")
    elif node.attr in allowed.WALL_CLOCK:
        yield error(
            node.lineno,
            "wall-clock",
            f".{node.attr}() is this machine's clock. Use self.desk.now_msc(), the market's, so that a past "
            "can be replayed.",
        )
    elif node.attr.startswith("_") and not is_own:
        yield warning(
            node.lineno, "private", f".{node.attr} is private to what it belongs to, and may change any day."
        )


def _is_forbidden(name: str) -> bool:
    return name in allowed.FORBIDDEN_ATTRIBUTES or (name.startswith("__") and name.endswith("__"))


def _text(line: int, text: str) -> Iterator[Finding]:
    if _REACHES_IN.search(text) and "__" in text:
        yield error(line, "reflection", "A format text may not reach into attributes: use an f-string.")


def _defined(node: ast.FunctionDef | ast.ClassDef) -> Iterator[Finding]:
    name = node.name
    if name.startswith("__") and name not in allowed.ALLOWED_DUNDERS:
        yield error(node.lineno, "reflection", f"{name} changes how Python itself works: take it out.")
    if isinstance(node, ast.ClassDef) and node.keywords:
        yield error(node.lineno, "reflection", "A class of an EA has no metaclass and no class arguments.")


def _endless(node: ast.While) -> Iterator[Finding]:
    is_always = isinstance(node.test, ast.Constant) and bool(node.test.value)
    leaves = (ast.Break, ast.Return, ast.Raise)
    if is_always and not any(isinstance(inner, leaves) for inner in ast.walk(node)):
        yield warning(node.lineno, "endless", "This loop never ends: while it runs the EA hears no tick.")


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign():
                yield node.annotation
            case ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.FunctionDef(returns=ast.expr() as returned):
                yield returned


def _annotation(node: ast.expr) -> Iterator[Finding]:
    """An annotation in quotes is code that the walk above has not seen."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield error(
            node.lineno,
            "annotation",
            "Write the annotation without quotes; `from __future__ import annotations` lets it name what "
            "comes later.",
        )
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr):
            yield from _annotation(inner)
