"""What a spec becomes: a checked graph, Python source, a torch module, a picture, a summary.

from netwright import composer, specs

spec = specs.load("resnet", preset="resnet50", set={"classes": 10})
graph = composer.check(spec)
model = composer.compile(spec)
composer.render(spec, "resnet.svg", depth=2)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

# Whatever is needed is imported where it is: a command line that only shows its help needs none of it.
if TYPE_CHECKING:
    import os

    from torch import Tensor, nn

    from netwright.composer.counting import Summary
    from netwright.composer.differing import Difference
    from netwright.composer.graph import Graph
    from netwright.plugins.catalogue import Catalogue
    from netwright.specs.load import Spec


def check(spec: Spec | Graph, *, catalogue: Catalogue | None = None) -> Graph:
    """The typed graph of a spec. Raises SpecError with every problem. Does not import torch."""
    from netwright.composer.elaborate import elaborate
    from netwright.composer.graph import Graph
    from netwright.specs.load import Spec

    if isinstance(spec, Spec):
        return elaborate(spec, catalogue)[0]
    if isinstance(spec, Graph):
        return spec
    raise TypeError(f"expected a spec, got {type(spec).__name__}: load it, `specs.load(...)`")


def summary(
    spec: Spec | Graph,
    *,
    depth: int | None = None,
    shapes: Mapping[str, int] | None = None,
    catalogue: Catalogue | None = None,
) -> Summary:
    """Sizes, parameters and operations of each node, as a value that prints as a table.

    depth: levels of composites to show. shapes: numbers for symbolic sizes. Raises SpecError.
    """
    from netwright.composer.counting import Summary

    return Summary(check(spec, catalogue=catalogue), depth, shapes)


def emit(
    spec: Spec | Graph, *, taps: Sequence[str] = (), catalogue: Catalogue | None = None
) -> str:
    """The Python source of the torch module: to the letter what `compile` runs. Raises SpecError."""
    from netwright.composer.emission import emit_graph

    return emit_graph(check(spec, catalogue=catalogue), taps)


def compile(
    spec: Spec | Graph,
    *,
    taps: Sequence[str] = (),
    device: Any = None,
    dtype: Any = None,
    seed: int | None = None,
    catalogue: Catalogue | None = None,
) -> nn.Module:
    """An ordinary torch module.

    taps: paths of inner nodes; the model then returns `(output, {path: tensor})`. device, dtype: where and
    how it is made ("meta" allocates nothing). seed: of its random initial weights. Raises SpecError.
    """
    from netwright.composer.compiling import compile_graph

    return compile_graph(
        check(spec, catalogue=catalogue), taps=taps, device=device, dtype=dtype, seed=seed
    )


def render(
    spec: Spec | Graph,
    path: str | os.PathLike[str],
    *,
    depth: int | None = None,
    expand: Sequence[str] = (),
    unfold: Sequence[str] = (),
    shapes: Mapping[str, int] | None = None,
    direction: str = "TB",
    theme: str = "auto",
    heat: str | None = None,
    highlight: Sequence[str] = (),
    flops: bool = False,
    scale: float = 2,
    since: Spec | Graph | None = None,
    tolerant: bool = False,
    catalogue: Catalogue | None = None,
) -> None:
    """Draw the network; the path ends in .svg, .png, .pdf, .html, .dot, .mmd, or what a plugin writes.

    depth: how many levels of composites are opened (1: none); without it, as many as a page holds,
    and of the composites that come with netwright or a plugin, none. expand, unfold, highlight:
    patterns of paths (`layers.3.attend`, `*.attention`) of composites to open, of copies to draw
    one by one, of nodes to point out. shapes: numbers for symbolic sizes. direction: "TB", "BT",
    "LR" or "RL". theme: "light", "dark", "print", or "auto": light, and in an SVG dark where whoever
    looks prefers that. heat: "parameters", "flops" or "activations", which colour the boxes.
    flops: tell each box's operations. scale: pixels of a PNG for a point. since: another network,
    from which the differences are marked. tolerant: draw it although blocks cannot be had, such as
    those of a plugin that is not there; the picture says which.

    Raises SpecError, RenderError, PluginError.
    """
    from netwright.composer.diagram.render import render_graph
    from netwright.composer.elaborate import elaborate
    from netwright.plugins.catalogue import Catalogue
    from netwright.specs.load import Spec

    catalogue = catalogue or Catalogue()

    def graph(of: Spec | Graph) -> Graph:
        if isinstance(of, Spec):
            return elaborate(of, catalogue, tolerant=tolerant)[0]
        return of

    render_graph(
        graph(spec),
        path,
        depth=depth,
        expand=expand,
        unfold=unfold,
        shapes=shapes,
        direction=direction,
        theme=theme,
        heat=heat,
        highlight=highlight,
        flops=flops,
        scale=scale,
        since=None if since is None else graph(since),
        catalogue=catalogue,
    )


def diff(
    before: Spec | Graph, after: Spec | Graph, *, catalogue: Catalogue | None = None
) -> Difference:
    """What differs between two networks: a value that prints in words, and is false if nothing does.

    Nodes are matched by their names along the paths. Raises SpecError.
    """
    from netwright.composer.differing import difference

    return difference(check(before, catalogue=catalogue), check(after, catalogue=catalogue))


def load_weights(
    model: nn.Module,
    source: str | os.PathLike[str] | Mapping[str, Tensor],
    *,
    names: str | None = None,
    catalogue: Catalogue | None = None,
) -> None:
    """Give a compiled model the weights of a file, or of a dict of tensors.

    source: a `.safetensors` file, or one that torch wrote, of which only tensors are read. names: the
    table of the names in it, such as "torchvision/resnet", that of a plugin ("mamba/mamba"), or the path
    of one of your own; without it, they are the model's.

    Raises WeightsError with every tensor that is missing, left over, or of another size or type; the
    model then is as it was.
    """
    from netwright.composer.checkpoints.filling import fill

    fill(model, source, names, catalogue)


def weights(
    model: nn.Module, *, names: str | None = None, catalogue: Catalogue | None = None
) -> dict[str, Tensor]:
    """A compiled model's weights, as `load_weights` takes them: under the names of a table.

    They are those of the model, not copies, where nothing has to be put together. Raises WeightsError.
    """
    from netwright.composer.checkpoints.filling import export

    return export(model, names, catalogue)


__all__ = [
    "check",
    "compile",
    "diff",
    "emit",
    "load_weights",
    "render",
    "summary",
    "weights",
]
