"""A step of training."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import torch

from generator.edges import elements_of
from generator.failing import Failure, said
from generator.sizing import MOST, choices, elements
from generator.typing_rules import allowed
from netwright import composer
from netwright.composer.counting import sizes_of
from netwright.composer.graph import Graph, Leaf
from netwright.composer.trial import made_up, named
from netwright.specs.tensors import Tensor

# Of these the gradient may be infinite where the value is finite, or they are undefined for some inputs.
SINGULAR = frozenset(
    {
        "binary_cross_entropy", "cosine_embedding_loss", "div", "exp", "expm1", "gaussian_nll_loss",
        "kl_div", "log", "log1p", "masked_fill", "poisson_nll_loss", "pow", "prod", "reciprocal",
        "remainder", "rsqrt", "sqrt", "std", "triplet_margin_loss", "var", "vector_norm", "where",
    }
)  # fmt: skip


def trains(graph: Graph, edges: Mapping[str, Tensor], random: Random) -> None:
    """In training: a step back goes through, and is finite where nothing singular is in between."""
    used = {run.element.name for _, run in elements_of(graph) if isinstance(run.element, Leaf)}
    if any("norm" in name for name in used):
        values = {each.name: allowed(each, 4) for each in sizes_of(graph)}
    else:
        values = next(choices(graph, list(edges.values()), random))
    if sum(elements(each, values) for each in edges.values()) > 4 * MOST:
        return
    model = composer.compile(graph, seed=2).train()
    inputs = made_up(graph, values, 7)
    leaves = [each.requires_grad_() if each.is_floating_point() else each for each in inputs]
    torch.manual_seed(0)
    try:
        outputs = named(graph, model(*leaves)).values()
    except Exception as error:
        if "not implemented for" in str(error):  # no kernel for the dtype on this device
            return
        raise Failure("training", f"{said(error)} at {values}") from error
    losses = [each.float().mean() for each in outputs if each.requires_grad and each.numel()]
    if not losses:
        return
    try:
        torch.stack(losses).sum().backward()
    except Exception as error:
        raise Failure("gradients", f"{said(error)} at {values}") from error
    finite = all(bool(each.isfinite()) for each in losses)
    if (
        not finite
        or used & SINGULAR
        or any("norm" in name for name in used)
        or any(each.dtype in ("float16", "bfloat16") for each in edges.values())
    ):
        return
    for name, parameter in model.named_parameters():
        grad = parameter.grad
        dense = grad.to_dense() if grad is not None and grad.is_sparse else grad
        if dense is not None and not dense.isfinite().all():
            raise Failure("gradients", f"that of {name} is not finite at {values}")
