"""Graph to module: the emitted source is loaded, and its class makes the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from netwright.composer.emission import emit_graph
from netwright.composer.graph import Graph
from netwright.composer.loading import load_source

if TYPE_CHECKING:
    import torch
    from torch import nn


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
    return build(load_source(emit_graph(graph, taps)), device, dtype, seed)


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
            stack.enter_context(where)
            if where.type == "meta":
                stack.enter_context(_without_values())
        model = cls()
    return model if dtype is None else model.to(dtype=dtype)


@contextmanager
def _without_values() -> Iterator[None]:
    """Filling tensors does nothing: on meta there is nothing to fill, and torch imports much to do it."""
    import torch
    from torch.overrides import TorchFunctionMode

    filling = {
        getattr(torch.Tensor, name)
        for name in ("normal_", "uniform_", "fill_", "zero_", "trunc_normal_", "erfinv_", "clamp_")
        if hasattr(torch.Tensor, name)
    }

    class Unfilled(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func in filling:
                return args[0]
            return func(*args, **(kwargs or {}))

    with Unfilled():
        yield
