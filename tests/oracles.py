"""What torch itself computes for a block: the function or class that its docstring refers to."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from interpreter import imported, loaded
from netwright.plugins.block import Block
from netwright.plugins.describe import describe

Tensors = Mapping[str, torch.Tensor]
Settings = Mapping[str, Any]

INFERRED: dict[str, Callable[[list[torch.Tensor], Settings], Any]] = {
    "in_features": lambda x, _: x[0].shape[-1],
    "input_size": lambda x, _: x[0].shape[-1],
    "in1_features": lambda x, _: x[0].shape[-1],
    "in2_features": lambda x, _: x[1].shape[-1],
    "in_channels": lambda x, _: x[0].shape[1],
    "num_features": lambda x, _: x[0].shape[1],
    "num_channels": lambda x, _: x[0].shape[1],
    "normalized_shape": lambda x, own: x[0].shape[-own.get("normalized_dims", 1) :],
}
"""Arguments of constructors that a block takes from its inputs."""


def _sliced(x: torch.Tensor, dim: int = 0, **bounds: Any) -> torch.Tensor:
    index = [slice(None)] * x.ndim
    index[dim] = slice(bounds.get("start"), bounds.get("end"), bounds.get("step"))
    return x[tuple(index)]


def _folded(name: str) -> Callable[..., Any]:
    function = getattr(torch, name)

    def apply(*inputs: torch.Tensor, other: float | None = None) -> torch.Tensor:
        return (
            function(inputs[0], other) if other is not None else functools.reduce(function, inputs)
        )

    return apply


def _resized(x: torch.Tensor, like: torch.Tensor | None = None, **own: Any) -> torch.Tensor:
    size = own.pop("size", None) if like is None else like.shape[2:]
    return nn.functional.interpolate(x, size, **own)


def _attended(*inputs: torch.Tensor, **own: Any) -> torch.Tensor:
    own.pop("dropout_p", None)  # in evaluation nothing is dropped
    return nn.functional.scaled_dot_product_attention(*inputs, **own)


def _everything(name: str) -> Callable[..., Any]:
    """A reduction that takes no `keepdim` without `dim`."""

    def apply(x: torch.Tensor, dim: Any = None, **options: Any) -> torch.Tensor:
        return getattr(torch, name)(x, list(range(x.ndim)) if dim is None else dim, **options)

    return apply


def _multiplied(x: torch.Tensor, dim: int | None = None, keepdim: bool = False) -> torch.Tensor:
    if dim is not None:
        return torch.prod(x, dim, keepdim)
    return torch.prod(x).reshape([1] * x.ndim if keepdim else [])


ADAPTED: dict[str, Callable[..., Any]] = {
    "add": _folded("add"),
    "mul": _folded("mul"),
    "maximum": _folded("maximum"),
    "minimum": _folded("minimum"),
    "binary_cross_entropy": lambda x, target, weight=None, **own: (
        nn.functional.binary_cross_entropy(x.clamp(0, 1), target.clamp(0, 1), weight, **own)
    ),
    "cosine_embedding_loss": nn.functional.cosine_embedding_loss,
    "margin_ranking_loss": nn.functional.margin_ranking_loss,
    "affine_grid": lambda theta, size, align_corners=False: nn.functional.affine_grid(
        theta, size, align_corners
    ),
    "grid_sample": lambda x, grid, align_corners=False, **own: nn.functional.grid_sample(
        x, grid, align_corners=align_corners, **own
    ),
    "einsum": lambda *inputs, equation: torch.einsum(equation, *inputs),
    "cat": lambda *inputs, **own: torch.cat(inputs, **own),
    "stack": lambda *inputs, **own: torch.stack(inputs, **own),
    "sum": _everything("sum"),
    "mean": _everything("mean"),
    "prod": _multiplied,
    "gather": lambda x, index, dim: x.gather(dim, index),
    "index_select": lambda x, index, dim=0: x.index_select(dim, index),
    "take_along_dim": lambda x, index, dim: x.take_along_dim(index, dim),
    "interpolate": _resized,
    "slice": _sliced,
    "split": lambda x, split_size, dim=0: torch.split(x, split_size, dim),
    "scaled_dot_product_attention": _attended,
}
"""Blocks that take their arguments in another form than torch."""


def _by_place(names: set[str]) -> bool:
    """Whether torch calls these inputs otherwise, so that they are given in order."""
    return names <= {"x", "y", "condition"} or names == {"x", "y", "target"}


CONSTANT = {
    "binary_cross_entropy": ("weight",),
    "binary_cross_entropy_with_logits": ("weight", "pos_weight"),
    "cross_entropy": ("weight",),
    "multi_margin_loss": ("weight",),
    "nll_loss": ("weight",),
    "soft_margin_loss": ("target",),
}
"""Inputs for which torch has no gradient, and fails where one is asked for."""


def _holding(target: Callable[..., Any], constant: tuple[str, ...]) -> Callable[..., Any]:
    """The function of the same tensors, of which these are cut off from what made them."""

    def apply(x: torch.Tensor, **own: Any) -> Any:
        return target(x, **{k: v.detach() if k in constant else v for k, v in own.items()})

    return apply


WITHOUT = {
    "arange", "expand", "full", "gumbel_softmax", "ones", "parameter", "randn_like", "reshape", "to",
    "unflatten", "zeros",
}  # fmt: skip
"""Blocks whose settings mean nothing to torch as they are written, or which draw at random."""


def _recurrent(module: nn.Module, tensors: Tensors) -> list[torch.Tensor]:
    """A recurrent layer or cell; with lengths, each sequence by itself."""
    x, lengths = tensors["x"], tensors.get("lengths")
    states = [tensors[name] for name in ("h", "c") if name in tensors]
    state = tuple(states) if len(states) > 1 else states[0] if states else None
    if lengths is None:
        found = module(x, state)
        output, last = found if isinstance(module, nn.RNNBase) else (None, found)
        lasts = list(last) if isinstance(last, tuple) else [last]
        return lasts if output is None else [output, *lasts]
    batch, seq = (0, 1) if module.batch_first else (1, 0)
    rows = []
    for number, length in enumerate(lengths.tolist()):
        known = min(max(length, 1), x.shape[seq])
        own = {n: each.narrow(1, number, 1) for n, each in tensors.items() if n in ("h", "c")}
        own["x"] = x.narrow(batch, number, 1).narrow(seq, 0, known)
        row = _recurrent(module, own)
        rows.append([_lengthened(row[0], seq, x.shape[seq]), *row[1:]])
    return [
        torch.cat(each, batch if place == 0 else 1)
        for place, each in enumerate(zip(*rows, strict=True))
    ]


def _lengthened(x: torch.Tensor, dim: int, length: int) -> torch.Tensor:
    sizes = list(x.shape)
    sizes[dim] = length - x.shape[dim]
    return torch.cat([x, x.new_zeros(sizes)], dim)


def _called(module: nn.Module, tensors: Tensors) -> Any:
    """A module called on its first input, and by name on those that it calls as the block does."""
    (_, first), *others = tensors.items()
    if dict(others).keys() <= inspect.signature(module.forward).parameters.keys():
        return module(first, **dict(others))
    return module(*tensors.values())


@functools.cache
def oracle(name: str, block: type[Block]) -> Any:
    """What computes the same in torch; None where a block has no counterpart there."""
    if name in WITHOUT:
        return None
    if name in CONSTANT:
        return _holding(ADAPTED.get(name) or getattr(nn.functional, name), CONSTANT[name])
    if name in ADAPTED:
        return ADAPTED[name]
    first = describe(name, block).reference.split(";")[0].strip()
    own = first.rpartition(".")[2].replace("_", "").lower() == name.replace("_", "")
    return imported(first) if first.startswith("torch.") and own else None


def computed(
    target: Any,
    settings: Settings,
    tensors: Tensors,
    weights: Tensors | None = None,
    training: bool = False,
) -> list[torch.Tensor]:
    """Torch's outputs: a class is made with the settings, a function is called.

    weights: of a module; without them it draws its own. training: in which its buffers in weights change.
    """
    inputs = list(tensors.values())
    own = {name: tuple(each) if isinstance(each, list) else each for name, each in settings.items()}
    if inspect.isclass(target) and issubclass(target, nn.Module):
        recurrent = issubclass(target, nn.RNNBase | nn.RNNCellBase)
        wanted = inspect.signature(target).parameters
        inferred = {
            name: read(inputs, own)
            for name, read in INFERRED.items()
            if name in ({"input_size"} if recurrent else wanted.keys() - own.keys())
        }
        own.pop("normalized_dims", None)
        changing = own.pop("parametrization", None)
        module = target(**inferred, **own)
        if changing is not None:
            module = getattr(nn.utils.parametrizations, changing)(module)
        module.train(training)
        if weights is not None:
            loaded(module, weights)
        found = _recurrent(module, tensors) if recurrent else _called(module, tensors)
        if weights is not None and training:
            for name, buffer in module.named_buffers():
                weights[name].copy_(buffer)
    elif (
        any("." in name for name in tensors)
        or set(tensors) <= {"x", "y", "condition"}
        or set(tensors) == {"x", "y", "target"}
    ):
        found = target(*inputs, **own)
    else:
        found = target(inputs[0], **dict(list(tensors.items())[1:]), **own)
    return list(found) if isinstance(found, tuple | list) else [found]
