"""A map near the identity."""

import torch

from netwright.plugins import Block, Input, Module, Size, Tensor, Value, hookimpl
from netwright.specs.sizes import product


class NearIdentity(torch.nn.Module):
    """x plus a small linear map of it."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(features, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = torch.eye(x.shape[-1], dtype=torch.float32, device=x.device)
        return x @ (identity + self.weight)


class NearIdentityMap(Block):
    """A linear map that begins as the identity.

    Shapes: x [..., features] -> same
    Parameters: features * features
    Reference: torch.nn.Linear
    Examples:
        {block: eyeing/near_identity_map} on x [batch, 4] gives [batch, 4]
        {block: eyeing/near_identity_map} on x [batch, seq, 1] gives [batch, seq, 1]
    """

    def infer(self, x: Tensor) -> Tensor:
        x.match("[..., features]", "float")
        return x

    def build(self, x: Input) -> Value:
        features = x.sizes[-1]
        made = Module("eyeing.NearIdentity", features, parameters={"weight": [features, features]})
        return made(x)

    def flops(self, x: Tensor) -> Size:
        return 2 * product(x.sizes) * x.sizes[-1]


@hookimpl
def register_blocks():
    return {"near_identity_map": NearIdentityMap}
