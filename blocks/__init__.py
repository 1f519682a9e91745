"""The built-in blocks, registered as anybody's are: by name, with the place of the class or file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netwright.plugins.block import Block
from netwright.plugins.hooks import hookimpl

_FOLDER = Path(__file__).parent

# Written out, so that a block is imported only when a spec uses it.
BLOCKS: Mapping[str, type[Block] | str | Path] = {
    "abs": "netwright.blocks.pointwise:Abs",
    "add": "netwright.blocks.arithmetic:Add",
    "arange": "netwright.blocks.parameter:Arange",
    "cat": "netwright.blocks.combine:Cat",
    "ceil": "netwright.blocks.pointwise:Ceil",
    "chunk": "netwright.blocks.combine:Chunk",
    "clamp": "netwright.blocks.pointwise:Clamp",
    "cos": "netwright.blocks.pointwise:Cos",
    "detach": "netwright.blocks.conversion:Detach",
    "div": "netwright.blocks.arithmetic:Div",
    "eq": "netwright.blocks.comparison:Eq",
    "erf": "netwright.blocks.pointwise:Erf",
    "exp": "netwright.blocks.pointwise:Exp",
    "expand": "netwright.blocks.shape:Expand",
    "expm1": "netwright.blocks.pointwise:Expm1",
    "flatten": "netwright.blocks.shape:Flatten",
    "flip": "netwright.blocks.order:Flip",
    "floor": "netwright.blocks.pointwise:Floor",
    "full": "netwright.blocks.parameter:Full",
    "ge": "netwright.blocks.comparison:Ge",
    "gt": "netwright.blocks.comparison:Gt",
    "identity": "netwright.blocks.conversion:Identity",
    "le": "netwright.blocks.comparison:Le",
    "log": "netwright.blocks.pointwise:Log",
    "log1p": "netwright.blocks.pointwise:Log1p",
    "logical_and": "netwright.blocks.comparison:LogicalAnd",
    "logical_not": "netwright.blocks.comparison:LogicalNot",
    "logical_or": "netwright.blocks.comparison:LogicalOr",
    "lt": "netwright.blocks.comparison:Lt",
    "masked_fill": "netwright.blocks.comparison:MaskedFill",
    "matmul": "netwright.blocks.arithmetic:Matmul",
    "maximum": "netwright.blocks.arithmetic:Maximum",
    "minimum": "netwright.blocks.arithmetic:Minimum",
    "movedim": "netwright.blocks.order:Movedim",
    "mul": "netwright.blocks.arithmetic:Mul",
    "narrow": "netwright.blocks.slicing:Narrow",
    "ne": "netwright.blocks.comparison:Ne",
    "neg": "netwright.blocks.pointwise:Neg",
    "ones": "netwright.blocks.parameter:Ones",
    "parameter": "netwright.blocks.parameter:Parameter",
    "permute": "netwright.blocks.order:Permute",
    "pow": "netwright.blocks.pointwise:Pow",
    "randn_like": "netwright.blocks.parameter:RandnLike",
    "reciprocal": "netwright.blocks.pointwise:Reciprocal",
    "remainder": "netwright.blocks.arithmetic:Remainder",
    "repeat_interleave": "netwright.blocks.order:RepeatInterleave",
    "reshape": "netwright.blocks.shape:Reshape",
    "roll": "netwright.blocks.order:Roll",
    "round": "netwright.blocks.pointwise:Round",
    "rsqrt": "netwright.blocks.pointwise:Rsqrt",
    "select": "netwright.blocks.slicing:Select",
    "sign": "netwright.blocks.pointwise:Sign",
    "sin": "netwright.blocks.pointwise:Sin",
    "slice": "netwright.blocks.slicing:Slice",
    "split": "netwright.blocks.combine:Split",
    "sqrt": "netwright.blocks.pointwise:Sqrt",
    "square": "netwright.blocks.pointwise:Square",
    "squeeze": "netwright.blocks.shape:Squeeze",
    "stack": "netwright.blocks.combine:Stack",
    "sub": "netwright.blocks.arithmetic:Sub",
    "tile": "netwright.blocks.order:Tile",
    "to": "netwright.blocks.conversion:To",
    "transpose": "netwright.blocks.order:Transpose",
    "tril": "netwright.blocks.order:Tril",
    "triu": "netwright.blocks.order:Triu",
    "unbind": "netwright.blocks.combine:Unbind",
    "unflatten": "netwright.blocks.shape:Unflatten",
    "unsqueeze": "netwright.blocks.shape:Unsqueeze",
    "where": "netwright.blocks.comparison:Where",
    "zeros": "netwright.blocks.parameter:Zeros",
}


@hookimpl
def register_blocks() -> Mapping[str, type[Block] | str | Path]:
    """Every built-in block."""
    return BLOCKS
