"""Source to class: an emitted file is loaded as a module of its own.

The module's name is a hash of its source. Tracebacks show the source's lines, and models pickle with it,
so that they load in a process that never saw the spec.
"""

from __future__ import annotations

import hashlib
import linecache
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from netwright.specs.collecting import paused_collector

if TYPE_CHECKING:
    from torch import nn

_lock = threading.Lock()


def load_source(source: str) -> type[nn.Module]:
    """The last class of an emitted file: the network's."""
    return _classes(_module(source))[-1]


@paused_collector()
def _module(source: str) -> ModuleType:
    """The module with this source, loaded once in a process."""
    name = f"netwright_model_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    with _lock:
        module = sys.modules.get(name)
        if module is not None:
            return module
        filename = f"<{name}>"
        module = ModuleType(name)
        module.__file__ = filename
        module.__dict__["__source__"] = source
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        sys.modules[name] = module
        try:
            exec(compile(source, filename, "exec"), module.__dict__)
        except BaseException:
            del sys.modules[name], linecache.cache[filename]
            raise
        for each in _classes(module):
            each.__reduce_ex__ = _reduce  # type: ignore[assignment,method-assign]
        return module


def _classes(module: ModuleType) -> list[type[nn.Module]]:
    from torch import nn

    return [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, nn.Module)
        and each.__module__ == module.__name__
    ]


def _reduce(self: nn.Module, protocol: Any) -> tuple[Any, ...]:
    """How a model is pickled and copied: its source, its class, its state."""
    cls = type(self)
    home = sys.modules.get(cls.__module__)
    source = getattr(home, "__source__", None)
    if home is None or source is None or getattr(home, cls.__qualname__, None) is not cls:
        # A class of the user's own that derives from an emitted one has a module that can be imported.
        return tuple(object.__reduce_ex__(self, max(int(protocol), 2)))
    return restore, (source, cls.__qualname__), *object.__reduce_ex__(self, 2)[2:]


def restore(source: str, name: str) -> nn.Module:
    """An empty object of a class of an emitted file; its state follows."""
    cls = getattr(_module(source), name)
    made: nn.Module = cls.__new__(cls)
    return made
