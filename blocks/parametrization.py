"""Weights that are computed from others at each use, as `torch.nn.utils.parametrizations` has them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Module
from netwright.specs.sizes import Size, product

Parametrization: TypeAlias = Literal["weight_norm", "spectral_norm"]

_PATH = "torch.nn.utils.parametrizations"


class Parametrized(Block):
    """What the blocks share whose weight may be a parametrised one; no block itself."""

    parametrization: Parametrization | None = Field(
        default=None,
        description="weight_norm: length and direction of each row of the weight are learned apart; "
        "spectral_norm: the weight is divided by its largest singular value. torch saves such a model "
        "by its state dict only",
    )

    def parametrized(self, module: Module, dim: int = 0) -> Module:
        """The module with its weight as the setting says. dim: of the weight, the outputs for spectral_norm."""
        if self.parametrization is None:
            return module
        own = dict(module.parameters)
        weight = own.pop("weight")
        below = "parametrizations.weight"
        buffers: dict[str, tuple[Size, ...]] = {}
        if self.parametrization == "weight_norm":
            own[f"{below}.original0"] = (weight[0], *(1 for _ in weight[1:]))
            own[f"{below}.original1"] = weight
        else:
            own[f"{below}.original"] = weight
            others = product(size for place, size in enumerate(weight) if place != dim)
            buffers = {f"{below}.0._u": (weight[dim],), f"{below}.0._v": (others,)}
        return module.given_to(f"{_PATH}.{self.parametrization}", own, buffers)
