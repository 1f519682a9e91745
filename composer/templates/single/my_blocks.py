"""Blocks of my own for netwright: a module of torch, and the block that brings it into specs.

python my_blocks.py     checks, draws, compiles and trains the network at the end of this file
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from netwright.plugins import (
    Block,
    Count,
    Field,
    Input,
    Module,
    Size,
    Tensor,
    Value,
    hookimpl,
    product,
)


class Gate(torch.nn.Module):
    """A linear layer, each feature of which is let through by another one."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.value = torch.nn.Linear(in_features, out_features)
        self.gate = torch.nn.Linear(in_features, out_features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gated: torch.Tensor = self.value(x) * torch.sigmoid(self.gate(x))
        return gated


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
        """What fits and what comes out, without torch."""
        x.match("[..., features]", "float")
        return x.resized(x.rank - 1, self.out_features)

    def build(self, x: Input) -> Value:
        """What stands in the model: the module above, with the weights that it holds."""
        features, out = x.sizes[-1], self.out_features
        gate = Module(
            "my_blocks.Gate",
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
        """Operations of its matrix products, for summaries; a multiply-add counts 2."""
        return 4 * self.out_features * product(x.sizes)


@hookimpl
def register_blocks() -> Mapping[str, type[Block]]:
    """In a spec, the block is my_blocks/gated_linear: the name of this file, and its own."""
    return {"gated_linear": GatedLinear}


NETWORK = """
netwright: 1
name: my_network
inputs: {x: [batch, 8]}
nodes:
  hidden: {block: my_blocks/gated_linear, out_features: 32}
  norm: layer_norm
  logits: {block: linear, out_features: 3}
"""


def main() -> None:
    """Check the network, draw it, compile it, and train it for one step."""
    from netwright import composer, specs
    from netwright.plugins import Catalogue

    graph = composer.check(specs.loads(NETWORK), catalogue=Catalogue([__file__]))
    print(composer.summary(graph))
    composer.render(graph, "my_network.svg")
    print("\ndrew my_network.svg")

    torch.manual_seed(0)
    model = composer.compile(graph, seed=0)
    x, classes = torch.randn(64, 8), torch.randint(3, (64,))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    before = torch.nn.functional.cross_entropy(model(x), classes)
    before.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    after = torch.nn.functional.cross_entropy(model(x), classes)
    print(f"trained one step: the loss went from {before.item():.2f} to {after.item():.2f}")


if __name__ == "__main__":
    main()
