"""Activations: functions of each element."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netwright.plugins.block import Block, defaults
from netwright.plugins.expression import Input, Module, Value, call
from netwright.plugins.settings import Count, Number
from netwright.specs.tensors import Refusal, Tensor

_FUNCTIONAL = "torch.nn.functional"


class Activation(Block):
    """What the activations share; no block itself: one torch function, its settings by name."""

    family = "activation"

    function: ClassVar[str]
    accepts: ClassVar[str] = "floating"

    def infer(self, x: Tensor) -> Tensor:
        x.of(self.accepts)
        return x.with_dtype(x.dtype)

    def build(self, x: Input) -> Value:
        return call(self.function, x, **self.changed(*defaults(type(self))))


class Relu(Activation):
    """max(x, 0).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.ReLU
    Examples:
        {block: relu} on x [batch, 4] gives [batch, 4]
        {block: relu} on x [] int32 gives [] int32
    """

    function = f"{_FUNCTIONAL}.relu"
    accepts = "number"


class Relu6(Activation):
    """min(max(x, 0), 6).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.ReLU6
    Examples:
        {block: relu6} on x [batch, 4] gives [batch, 4]
        {block: relu6} on x [batch] uint8 gives [batch] uint8
    """

    function = f"{_FUNCTIONAL}.relu6"
    accepts = "number"


class LeakyRelu(Activation):
    """x where positive, negative_slope * x elsewhere.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.LeakyReLU
    Examples:
        {block: leaky_relu} on x [batch, 4] gives [batch, 4]
        {block: leaky_relu, negative_slope: 0.2} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.leaky_relu"
    negative_slope: Number = Field(default=0.01, description="factor of negative values")


class Prelu(Block):
    """x where positive, a learned slope times x elsewhere. The slope begins at 0.25.

    Shapes: x [batch, channels, ...] -> same
    Parameters: num_parameters
    Reference: torch.nn.PReLU; He et al. 2015, arXiv:1502.01852
    Examples:
        {block: prelu} on x [batch, seq] gives [batch, seq]
        {block: prelu} on x [] gives []
        {block: prelu, num_parameters: 4} on x [batch, 4, height, width] gives [batch, 4, height, width]
    """

    num_parameters: Count = Field(
        default=1, description="1 for one slope, or the number of channels for one each"
    )

    def infer(self, x: Tensor) -> Tensor:
        x.of("float")
        channels = x.sizes[1] if x.rank > 1 else 1
        if self.num_parameters not in (1, channels):
            raise Refusal(
                f"num_parameters is {self.num_parameters}, but x is {x}: {channels} channels",
                help=f"write num_parameters: {channels}, or leave it out",
                tensor=x,
                setting="num_parameters",
            )
        return x

    def build(self, x: Input) -> Value:
        weight = {"weight": (self.num_parameters,)}
        args = () if self.num_parameters == 1 else (self.num_parameters,)
        return Module("torch.nn.PReLU", *args, parameters=weight)(x)


class Rrelu(Block):
    """leaky_relu with a slope drawn for each element in training, else the mean of the range.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.RReLU; Xu et al. 2015, arXiv:1505.00853
    Examples:
        {block: rrelu} on x [batch, 4] gives [batch, 4]
        {block: rrelu, lower: 0.1, upper: 0.1} on x [] gives []
    """

    lower: Number = Field(default=1 / 8, description="least slope of negative values")
    upper: Number = Field(default=1 / 3, description="greatest slope of negative values")

    def infer(self, x: Tensor) -> Tensor:
        _ordered("lower", self.lower, "upper", self.upper)
        return x.of("floating")

    def build(self, x: Input) -> Value:
        return Module("torch.nn.RReLU", **self.changed("lower", "upper"))(x)


def _ordered(low: str, least: float, high: str, greatest: float) -> None:
    if least > greatest:
        raise Refusal(f"{low} {least} is above {high} {greatest}", setting=low)


class Elu(Activation):
    """x where positive, alpha * (exp(x) - 1) elsewhere.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.ELU; Clevert et al. 2015, arXiv:1511.07289
    Examples:
        {block: elu} on x [batch, 4] gives [batch, 4]
        {block: elu, alpha: 0.5} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.elu"
    alpha: Number = Field(default=1.0, description="factor of the exponential part")


class Selu(Activation):
    """elu, scaled so that mean 0 and variance 1 are kept from layer to layer.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.SELU; Klambauer et al. 2017, arXiv:1706.02515
    Examples:
        {block: selu} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.selu"


class Celu(Activation):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.CELU; Barron 2017, arXiv:1704.07483
    Examples:
        {block: celu} on x [batch, 4] gives [batch, 4]
        {block: celu, alpha: 0.5} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.celu"
    alpha: Number = Field(default=1.0, description="scale of the exponential part, not 0")

    def infer(self, x: Tensor) -> Tensor:
        if self.alpha == 0:
            raise Refusal("alpha is 0, and the values are divided by it", setting="alpha")
        return super().infer(x)


class Gelu(Activation):
    """x times the normal distribution's cumulative function of x.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.GELU; Hendrycks and Gimpel 2016, arXiv:1606.08415
    Examples:
        {block: gelu} on x [batch, 4] gives [batch, 4]
        {block: gelu, approximate: tanh} on x [batch, seq, 4] gives [batch, seq, 4]
    """

    function = f"{_FUNCTIONAL}.gelu"
    approximate: Literal["none", "tanh"] = Field(
        default="none", description="none is exact, tanh the approximation that GPT-2 uses"
    )


class QuickGelu(Activation):
    """x * sigmoid(1.702 x), an approximation of gelu.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2
    Examples:
        {block: quick_gelu} on x [batch, 4] gives [batch, 4]
    """

    function = ""

    def build(self, x: Input) -> Value:
        return x * call("torch.sigmoid", 1.702 * x)


class Silu(Activation):
    """x * sigmoid(x), also called swish.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.SiLU; Hendrycks and Gimpel 2016, arXiv:1606.08415
    Examples:
        {block: silu} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.silu"


class Mish(Activation):
    """x * tanh(softplus(x)).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Mish; Misra 2019, arXiv:1908.08681
    Examples:
        {block: mish} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.mish"


class Softplus(Activation):
    """log(1 + exp(beta x)) / beta: a smooth relu.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softplus
    Examples:
        {block: softplus} on x [batch, 4] gives [batch, 4]
        {block: softplus, beta: 2, threshold: 10} on x [] gives []
    """

    function = f"{_FUNCTIONAL}.softplus"
    beta: Number = Field(default=1.0, description="sharpness of the bend")
    threshold: Number = Field(default=20.0, description="above it, beta * x counts as linear")


class Softsign(Activation):
    """x / (1 + |x|).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Softsign
    Examples:
        {block: softsign} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.softsign"


class Tanh(Activation):
    """Hyperbolic tangent.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Tanh
    Examples:
        {block: tanh} on x [batch, 4] gives [batch, 4]
    """

    function = "torch.tanh"


class Tanhshrink(Activation):
    """x - tanh(x).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Tanhshrink
    Examples:
        {block: tanhshrink} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.tanhshrink"


class Sigmoid(Activation):
    """1 / (1 + exp(-x)).

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.Sigmoid
    Examples:
        {block: sigmoid} on x [batch, 4] gives [batch, 4]
    """

    function = "torch.sigmoid"


class Logsigmoid(Activation):
    """log(sigmoid(x)), computed without overflow.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.nn.LogSigmoid
    Examples:
        {block: logsigmoid} on x [batch, 4] gives [batch, 4]
    """

    function = f"{_FUNCTIONAL}.logsigmoid"
