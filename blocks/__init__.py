"""The built-in blocks: a static index, so that a block's module is imported when a spec names it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netwright.plugins.hooks import hookimpl

_HERE = Path(__file__).parent

BLOCKS: dict[str, str | Path] = {
    "batch_norm1d": "netwright.blocks.norm:BatchNorm1d",
    "batch_norm2d": "netwright.blocks.norm:BatchNorm2d",
    "batch_norm3d": "netwright.blocks.norm:BatchNorm3d",
    "bilinear": "netwright.blocks.linear:Bilinear",
    "celu": "netwright.blocks.activation:Celu",
    "conv1d": "netwright.blocks.convolution:Conv1d",
    "conv2d": "netwright.blocks.convolution:Conv2d",
    "conv3d": "netwright.blocks.convolution:Conv3d",
    "conv_transpose1d": "netwright.blocks.transposed:ConvTranspose1d",
    "conv_transpose2d": "netwright.blocks.transposed:ConvTranspose2d",
    "elu": "netwright.blocks.activation:Elu",
    "embedding": "netwright.blocks.embedding:Embedding",
    "gelu": "netwright.blocks.activation:Gelu",
    "glu": "netwright.blocks.softmax:Glu",
    "group_norm": "netwright.blocks.norm:GroupNorm",
    "hardshrink": "netwright.blocks.piecewise:Hardshrink",
    "hardsigmoid": "netwright.blocks.piecewise:Hardsigmoid",
    "hardswish": "netwright.blocks.piecewise:Hardswish",
    "hardtanh": "netwright.blocks.piecewise:Hardtanh",
    "instance_norm1d": "netwright.blocks.norm:InstanceNorm1d",
    "instance_norm2d": "netwright.blocks.norm:InstanceNorm2d",
    "instance_norm3d": "netwright.blocks.norm:InstanceNorm3d",
    "layer_norm": "netwright.blocks.norm:LayerNorm",
    "leaky_relu": "netwright.blocks.activation:LeakyRelu",
    "linear": "netwright.blocks.linear:Linear",
    "local_response_norm": "netwright.blocks.norm:LocalResponseNorm",
    "log_softmax": "netwright.blocks.softmax:LogSoftmax",
    "logsigmoid": "netwright.blocks.activation:Logsigmoid",
    "mish": "netwright.blocks.activation:Mish",
    "prelu": "netwright.blocks.activation:Prelu",
    "quick_gelu": "netwright.blocks.activation:QuickGelu",
    "relu": "netwright.blocks.activation:Relu",
    "relu6": "netwright.blocks.activation:Relu6",
    "rms_norm": "netwright.blocks.norm:RmsNorm",
    "rrelu": "netwright.blocks.activation:Rrelu",
    "selu": "netwright.blocks.activation:Selu",
    "sigmoid": "netwright.blocks.activation:Sigmoid",
    "silu": "netwright.blocks.activation:Silu",
    "softmax": "netwright.blocks.softmax:Softmax",
    "softmax2d": "netwright.blocks.softmax:Softmax2d",
    "softmin": "netwright.blocks.softmax:Softmin",
    "softplus": "netwright.blocks.activation:Softplus",
    "softshrink": "netwright.blocks.piecewise:Softshrink",
    "softsign": "netwright.blocks.activation:Softsign",
    "tanh": "netwright.blocks.activation:Tanh",
    "tanhshrink": "netwright.blocks.activation:Tanhshrink",
    "threshold": "netwright.blocks.piecewise:Threshold",
}
"""Block -> its class, or the spec file of a composite."""


@hookimpl
def register_blocks() -> Mapping[str, str | Path]:
    """The built-in blocks by name."""
    return BLOCKS
