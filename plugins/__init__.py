"""What a plugin author needs: the contract of a block, the expressions it builds, the hooks.

from netwright.plugins import Block, Count, Field, Input, Module, Tensor, Value, call, hookimpl
"""

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.catalogue import Catalogue
from netwright.plugins.expression import (
    Built,
    Input,
    InTraining,
    Module,
    Unpack,
    Value,
    Weight,
    call,
)
from netwright.plugins.hooks import Check, Renderer, hookimpl
from netwright.plugins.initialisers import Initialiser
from netwright.plugins.network import Finding, Network, Node
from netwright.plugins.settings import (
    Count,
    Integer,
    Natural,
    NaturalPair,
    NaturalSingle,
    NaturalTriple,
    Number,
    OptionalPair,
    OptionalTriple,
    Pair,
    Positive,
    Probability,
    Shape,
    ShapeSetting,
    Single,
    Size,
    Triple,
)
from netwright.plugins.symmetries import Causal, Permutation, Recurrence, Symmetry, Translation
from netwright.specs.sizes import product
from netwright.specs.tensors import Refusal, Tensor, broadcast, promote

__all__ = [
    "Block",
    "Built",
    "Catalogue",
    "Causal",
    "Check",
    "Count",
    "Field",
    "Finding",
    "InTraining",
    "Initialiser",
    "Input",
    "Integer",
    "Module",
    "Natural",
    "NaturalPair",
    "NaturalSingle",
    "NaturalTriple",
    "Network",
    "Node",
    "Number",
    "OptionalPair",
    "OptionalTriple",
    "Pair",
    "Permutation",
    "Positive",
    "Probability",
    "Recurrence",
    "Refusal",
    "Renderer",
    "Shape",
    "ShapeSetting",
    "Single",
    "Size",
    "Symmetry",
    "Tensor",
    "Translation",
    "Triple",
    "Unpack",
    "Value",
    "Weight",
    "broadcast",
    "call",
    "hookimpl",
    "product",
    "promote",
]
