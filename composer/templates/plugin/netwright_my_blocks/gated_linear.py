"""The block `my_blocks/gated_linear`. Nothing here imports torch."""

from __future__ import annotations

from netwright.plugins import Block, Count, Field, Input, Module, Size, Tensor, Value, product


class GatedLinear(Block):
    """A linear layer, each feature of which is let through by another one.

    Shapes: x [..., features] -> [..., out_features]
    Parameters: 2 * (features * out_features + out_features)
    Reference: Dauphin et al. 2017, arXiv:1612.08083
    Examples:
        {block: my_blocks/gated_linear, out_features: 4} on x [batch, 3] gives [batch, 4]
    """

    out_features: Count = Field(description="features that come out")

    def infer(self, x: Tensor) -> Tensor:
        """What fits and what comes out."""
        x.match("[..., features]", "float")
        return x.resized(x.rank - 1, self.out_features)

    def build(self, x: Input) -> Value:
        """What stands in the model: a module of `layers.py`, with the weights that it holds."""
        features, out = x.sizes[-1], self.out_features
        gate = Module(
            "netwright_my_blocks.layers.Gate",
            features,
            out,
            parameters={
                "value.weight": [out, features],
                "value.bias": [out],
                "gate.weight": [out, features],
                "gate.bias": [out],
            },
        )
        return gate(x)

    def flops(self, x: Tensor) -> Size:
        """Operations of its matrix products; a multiply-add counts 2."""
        return 4 * self.out_features * product(x.sizes)
