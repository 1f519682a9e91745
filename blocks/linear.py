"""Affine maps of the last dimension."""

from __future__ import annotations

from pydantic import Field

from netwright.blocks.parametrization import Parametrized
from netwright.plugins.block import Block
from netwright.plugins.expression import Input, Module, Value
from netwright.plugins.settings import Count
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor


class Linear(Parametrized):
    """Affine map of the last dimension: y = x W^T + b.

    Shapes: x [..., in_features] -> [..., out_features]
    Parameters: out_features * in_features + out_features (bias)
    Reference: torch.nn.Linear
    Examples:
        {block: linear, out_features: 8} on x [batch, 4] gives [batch, 8]
        {block: linear, out_features: 1, bias: false} on x [batch, seq, 1] gives [batch, seq, 1]
        {block: linear, out_features: 3} on x [5] gives [3]
        {block: linear, out_features: 3, parametrization: weight_norm} on x [batch, 5] gives [batch, 3]
    """

    out_features: Count = Field(description="size of the last dimension that comes out")
    bias: bool = Field(default=True, description="add a learned bias")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., in_features]", "float")
        return x.resized(x.rank - 1, self.out_features)

    def build(self, x: Input) -> Value:
        inside, outside = x.sizes[-1], self.out_features
        parameters: dict[str, tuple[Size, ...]] = {"weight": (outside, inside)}
        if self.bias:
            parameters["bias"] = (outside,)
        target = "torch.nn.Linear"
        module = Module(target, inside, outside, parameters=parameters, **self.changed("bias"))
        return self.parametrized(module)(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * self.out_features


class Bilinear(Block):
    """Bilinear map of two last dimensions: y = x1^T A x2 + b.

    Shapes: input1 [..., in1_features], input2 [..., in2_features] -> [..., out_features]
    Parameters: out_features * in1_features * in2_features + out_features (bias)
    Reference: torch.nn.Bilinear
    Examples:
        {block: bilinear, out_features: 5} on input1 [batch, 3], input2 [batch, 4] gives [batch, 5]
        {block: bilinear, out_features: 1, bias: false} on input1 [2, seq, 1], input2 [2, seq, 7] gives [2, seq, 1]
    """

    out_features: Count = Field(description="size of the last dimension that comes out")
    bias: bool = Field(default=True, description="add a learned bias")

    def infer(self, input1: Tensor, input2: Tensor) -> Tensor:
        input1.match("[..., in1_features]", "float")
        input2.match("[..., in2_features]", "float")
        if input1.rank != input2.rank or any(
            not one == two for one, two in zip(input1.sizes[:-1], input2.sizes[:-1], strict=True)
        ):
            raise Refusal(
                f"all but the last sizes must agree: input1 is {input1}, input2 is {input2}",
                code="NW301",
                tensor=input2,
            )
        return input1.resized(input1.rank - 1, self.out_features)

    def build(self, input1: Input, input2: Input) -> Value:
        one, two, outside = input1.sizes[-1], input2.sizes[-1], self.out_features
        parameters: dict[str, tuple[Size, ...]] = {"weight": (outside, one, two)}
        if self.bias:
            parameters["bias"] = (outside,)
        target = "torch.nn.Bilinear"
        made = Module(target, one, two, outside, parameters=parameters, **self.changed("bias"))
        return made(input1, input2)
