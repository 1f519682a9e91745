"""Trying a network: made-up input in, and whether what comes out is what was said."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.composer.compiling import compile_graph
from netwright.composer.counting import sizes_of
from netwright.composer.graph import Graph, left_out, weights
from netwright.composer.viewing import blocks_of_plugins
from netwright.specs.problems import PluginError, Problem
from netwright.specs.sizes import Size, Symbolic, evaluate
from netwright.specs.tensors import INTEGER, Tensor

if TYPE_CHECKING:
    import torch
    from torch import nn


def smallest(graph: Graph, at_least: int = 2) -> dict[str, int]:
    """Small values for the symbolic sizes of the inputs, as `dims` allows them; 2 where it can be."""
    values: dict[str, int] = {}
    for each in sizes_of(graph):
        low = max(each.minimum, at_least if each.maximum is None else min(at_least, each.maximum))
        step = each.multiple_of
        value = -(-low // step) * step
        if each.maximum is not None and value > each.maximum:
            value = each.maximum // step * step
        values[each.name] = value
    return values


def made_up(graph: Graph, values: Mapping[str, int], seed: int = 0) -> list[torch.Tensor]:
    """Input that fits: normal floats, integers below their bound, coin-tossed booleans."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    made: list[torch.Tensor] = []
    for fed in graph.inputs.values():
        assert isinstance(fed, Tensor)
        sizes = [known(size, values) for size in fed.sizes]
        if fed.dtype == "bool":
            made.append(torch.randint(0, 2, sizes, generator=generator).bool())
        elif fed.dtype in INTEGER:
            high = known(fed.below, values) if fed.below is not None else 2
            made.append(
                torch.randint(0, high, sizes, generator=generator).to(getattr(torch, fed.dtype))
            )
        else:
            dtype = torch.get_default_dtype() if fed.dtype == "float" else getattr(torch, fed.dtype)
            made.append(torch.randn(sizes, generator=generator).to(dtype))
    return made


def known(size: Size, values: Mapping[str, int]) -> int:
    """The number that a size is for these values of its symbols."""
    return evaluate(size, values) if isinstance(size, Symbolic) else size


def attempt(graph: Graph, seed: int = 0) -> str:
    """Run the network and say what came: one line an input and an output.

    It is run for every choice of the inputs that may be left out.
    """
    import torch

    values = smallest(graph)
    inputs = made_up(graph, values, seed)
    try:
        model = compile_graph(graph, seed=seed).eval()
    except PluginError:
        raise
    except Exception as error:
        raise PluginError(_failed(error, graph)) from error
    _compare_weights(graph, model)
    lines = [f"{name}: {_told(tensor)}" for name, tensor in zip(graph.inputs, inputs, strict=True)]
    for given in sorted(
        graph.patterns or {frozenset()}, key=lambda each: (-len(each), sorted(each))
    ):
        pattern = left_out(graph.may_lack, given)
        fed = [
            None if name in graph.may_lack and name not in given else tensor
            for name, tensor in zip(graph.inputs, inputs, strict=True)
        ]
        try:
            with torch.no_grad():
                result = model(*fed)
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(_failed(error, graph, pattern)) from error
        for name, tensor in named(graph, result).items():
            said = [known(size, values) for size in graph.outputs[name].sizes]
            output = f"{name or 'output'} {pattern}".rstrip()
            if list(tensor.shape) != said:
                what = f"{output} is {_told(tensor)}, and {said} was said"
                raise PluginError(Problem("NW503", what, notes=_suspects(graph), help=_BUG))
            lines.append(f"{output}: {_told(tensor)}, as said")
    return "\n".join(lines)


_BUG = "a block's rule does not say what its torch code does: a bug in its plugin, or in netwright"


def _compare_weights(graph: Graph, model: nn.Module) -> None:
    """Refuse a model whose weights are not those that its blocks declare: they would be counted wrong."""
    said = {path: list(sizes) for path, sizes, _ in weights(graph)}
    saved = model.state_dict()
    own = {**saved, **dict(model.named_buffers())}  # of buffers, some are not saved
    held = {path: list(each.shape) for path, each in own.items()}
    for path in dict.fromkeys((*said, *saved)):
        if path not in held:
            what = f"the model has no weight {path}, and one of {said[path]} was said"
        elif path not in said:
            what = f"the model has a weight {path} of {held[path]}, and none was said"
        elif held[path] != said[path]:
            what = f"weight {path} is {held[path]}, and {said[path]} was said"
        else:
            continue
        help = "give Module(…, parameters=…, buffers=…) every weight of the module, with its shape"
        raise PluginError(Problem("NW503", what, notes=_suspects(graph), help=help))


def _failed(error: Exception, graph: Graph, pattern: str = "") -> Problem:
    """What torch said, and the line of the emitted source where it did."""
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f.line for f in reversed(frames) if "netwright_model_" in f.filename), None)
    said = str(error).strip().partition("\n")[0]
    return Problem(
        "NW503",
        f"the model failed on made-up input that fits: {type(error).__name__}: {said}",
        notes=(
            *((f"in the emitted source: {line}",) if line else ()),
            *((pattern,) if pattern else ()),
            *_suspects(graph),
        ),
        help=_BUG,
    )


def _suspects(graph: Graph) -> tuple[str, ...]:
    """The blocks of plugins in a network, of which one may be wrong."""
    names = blocks_of_plugins(graph)
    return (f"its blocks of plugins are {', '.join(names)}",) if names else ()


def named(graph: Graph, result: Any) -> dict[str, torch.Tensor]:
    """What a model returned, by the names of the graph's outputs."""
    if graph.form == "tensor":
        return {"": result}
    if isinstance(result, Mapping):
        return dict(result)
    assert isinstance(result, Sequence)
    return dict(zip(graph.outputs, result, strict=True))


def _told(tensor: torch.Tensor) -> str:
    return f"{list(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
