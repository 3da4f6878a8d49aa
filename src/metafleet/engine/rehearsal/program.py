"""Run a program's file as `python FILE` would: its name, path, arguments, tracebacks and exit code."""

from __future__ import annotations

import builtins
import io
import os
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from metafleet.engine.rehearsal.clock import MarketOver

FAILED: Final = 1
"""Python's exit code after an exception."""


class Ending(msgspec.Struct, frozen=True):
    """How a program ended. code: its exit code. interrupted: by Ctrl-C. over: because the market was."""

    code: int = 0
    interrupted: bool = False
    over: bool = False


def run_file(script: Path, arguments: Sequence[str]) -> Ending:
    """Run a file as the main program and wait for its threads; what it raised is printed as Python does.

    The process is the program's afterwards: its modules, path and arguments stay.
    """
    path = os.path.abspath(script)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, os.path.dirname(os.path.realpath(script)))
    try:
        with io.open_code(path) as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        sys.excepthook(type(error), error.with_traceback(None), None)
        return Ending(FAILED)
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=builtins, __cached__=None, __spec__=None)
    sys.modules["__main__"] = main
    return _ended(lambda: exec(code, main.__dict__), path)  # noqa: S102 -- it is what this is for


def leave(ending: Ending) -> NoReturn:
    """End the process as the program ended; after Ctrl-C by the signal, as Python does for its shell."""
    if ending.interrupted:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGINT)
    sys.exit(ending.code)


def _ended(run: types.FunctionType | object, path: str) -> Ending:
    try:
        run()  # type: ignore[operator]
    except SystemExit as left:
        ending = Ending(_exit_code(left.code))
    except MarketOver:
        ending = Ending(over=True)
    except KeyboardInterrupt as error:
        _print(error, path)
        ending = Ending(FAILED, interrupted=True)
    except BaseException as error:  # noqa: BLE001 -- Python's own last resort
        _print(error, path)
        ending = Ending(FAILED)
    else:
        ending = Ending()
    return _after_threads(ending)


def _after_threads(ending: Ending) -> Ending:
    """Wait for the program's threads, as Python does when its main one is through."""
    try:
        # Pools let their idle workers go by these.
        exits: list[Callable[[], object]] = threading._threading_atexits  # type: ignore[attr-defined]
        while exits:
            exits.pop()()
        # A thread may start another one.
        while threads := _waited_for():
            threads[0].join()
    except MarketOver:
        return _after_threads(Ending(ending.code, over=True))
    except KeyboardInterrupt:
        return Ending(ending.code or FAILED, interrupted=True)
    return ending


def _waited_for() -> list[threading.Thread]:
    ours = threading.current_thread()
    return [thread for thread in threading.enumerate() if thread is not ours and not thread.daemon]


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)  # noqa: T201 -- as Python does
    return FAILED


def _print(error: BaseException, path: str) -> None:
    """Print a traceback that begins in the program, not in what started it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
