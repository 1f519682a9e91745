"""A table of prototypes."""

import torch

from netwright.plugins import Block, Count, Field, Input, Module, Tensor, Value, hookimpl

TABLES: dict[int, torch.nn.Parameter] = {}


class Bank(torch.nn.Module):
    """Distances to prototypes; they are made once for each size."""

    def __init__(self, features: int, prototypes: int) -> None:
        super().__init__()
        key = features * prototypes
        if key not in TABLES:
            TABLES[key] = torch.nn.Parameter(torch.randn(prototypes, features))
        self.prototypes = TABLES[key]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[..., None, :] - self.prototypes).square().sum(-1)


class Prototypes(Block):
    """The squared distances to prototypes that are learned.

    Shapes: x [..., features] -> [..., prototypes]
    Parameters: prototypes * features
    Reference: Snell et al. 2017, arXiv:1703.05175
    Examples:
        {block: banking/prototypes} on x [batch, 4] gives [batch, 8]
        {block: banking/prototypes, prototypes: 1} on x [batch, seq, 3] gives [batch, seq, 1]
    """

    prototypes: Count = Field(default=8, description="how many")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x.resized(x.rank - 1, self.prototypes)

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        weights = {"prototypes": [self.prototypes, features]}
        return Module("banking.Bank", features, self.prototypes, parameters=weights)(x)


@hookimpl
def register_blocks():
    return {"prototypes": Prototypes}
