"""Graph to module: the emitted source is loaded, and its class makes the model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from netwright.composer.counting import Counter
from netwright.composer.diagram.notebook import of_model
from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph
from netwright.composer.loading import load_source
from netwright.specs.collecting import paused_collector
from netwright.specs.problems import PluginError, Problem, SpecError

MAX_MODULES = 1_000_000
MAX_WEIGHTS = 2**38
"""A tebibyte in float32."""

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.overrides import TorchFunctionMode


@paused_collector()
def compile_graph(
    graph: Graph,
    taps: Sequence[str] = (),
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    seed: int | None = None,
) -> nn.Module:
    """The network as an ordinary torch module.

    taps: paths of nodes; the module then returns `(output, {path: tensor})`. device: where its weights
    are made; on "meta" they are only shapes. dtype: its floating type. seed: of its first weights; the
    state of torch's generators is left as it was.
    """
    _check_size(graph, on_meta=device is not None and "meta" in str(device))
    made = _loaded(emit_graph(graph, taps))
    # Shown in a notebook, the class is drawn; its source needs nothing of this.
    made._repr_mimebundle_ = of_model(graph)  # type: ignore[attr-defined]
    return build(made, device, dtype, seed)


def _loaded(source: str) -> type[nn.Module]:
    """The class of an emitted file. Raises PluginError if what a plugin's block names is not there."""
    try:
        return load_source(source)
    except (ImportError, AttributeError) as error:
        what = f"the emitted file cannot be loaded: {type(error).__name__}: {error}"
        help = "a block names what is not there: a bug in its plugin, or a package that is missing"
        raise PluginError(Problem("NW503", what, help=help)) from error


def _check_size(graph: Graph, on_meta: bool) -> None:
    """Refuse what no machine can make, before anything is made. Raises SpecError."""
    totals = Counter().totals(graph)
    if totals.modules > MAX_MODULES:
        message = (
            f"the model would have {totals.modules:,} modules; at most {MAX_MODULES:,} are made"
        )
        raise SpecError(Problem("NW408", message, graph.place))
    weights = totals.parameters + totals.buffers
    if isinstance(weights, int) and weights > MAX_WEIGHTS and not on_meta:
        message = (
            f"the model would have {weights:,} weights, {4 * weights / 2**40:,.0f} TiB in float32"
        )
        help = 'make it on the device "meta", which allocates nothing'
        raise SpecError(Problem("NW408", message, graph.place, help=help))


def build(
    cls: type[nn.Module],
    device: str | torch.device | None = None,
    dtype: torch.dtype | None = None,
    seed: int | None = None,
) -> nn.Module:
    """An object of an emitted class, made on a device, in a dtype, from a seed."""
    import torch

    where = None if device is None else torch.device(device)
    with ExitStack() as stack:
        if seed is not None:
            devices = [where] if where is not None and where.type == "cuda" else []
            stack.enter_context(torch.random.fork_rng(devices=devices))
            torch.manual_seed(seed)
        if where is not None:
            stack.enter_context(_without_values() if where.type == "meta" else where)
        model = cls()
    return model if dtype is None else model.to(dtype=dtype)


def _without_values() -> TorchFunctionMode:
    """A context in which tensors are made on meta, and filling them does nothing.

    There is nothing to fill; and the first time that torch fills a tensor on meta, it imports for a second.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    making = frozenset({
        torch.empty, torch.zeros, torch.ones, torch.full, torch.tensor, torch.arange, torch.linspace,
        torch.eye, torch.rand, torch.randn, torch.randint, torch.randperm, torch.empty_strided,
    })  # fmt: skip
    of = torch.Tensor
    filling = frozenset(
        {of.normal_, of.uniform_, of.fill_, of.zero_, of.erfinv_, of.clamp_, of.mul_, of.add_}
    )

    init = torch.nn.init
    initialising = frozenset(
        each for name, each in vars(init).items() if name.endswith("_") and callable(each)
    )

    class Unfilled(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func in filling:
                return args[0]
            given = kwargs or {}
            if func in initialising:
                return args[0] if args else given["tensor"]
            if func in making and given.get("device") is None:
                given = {**given, "device": "meta"}
            return func(*args, **given)

    return Unfilled()
