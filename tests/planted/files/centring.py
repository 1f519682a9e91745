"""Normalisation without statistics."""

from netwright.plugins import Block, Field, Input, Tensor, Value, Weight, call, hookimpl


class Centre(Block):
    """Features with a mean of zero.

    Shapes: x [batch, features] -> same
    Parameters: features (affine)
    Reference: torch.nn.BatchNorm1d, without running statistics; samples do not see one another
    Examples:
        {block: centring/centre} on x [batch, 4] gives [batch, 4]
        {block: centring/centre, affine: false} on x [batch, features] gives [batch, features]
    """

    affine: bool = Field(default=True, description="learn a shift for each feature")

    def infer(self, x: Tensor) -> Tensor:
        x.match("[batch, features]", "float")
        return x

    def build(self, x: Input) -> Value:
        centred = x - call("torch.mean", x, dim=0, keepdim=True)
        return centred + Weight("shift", [x.sizes[1]], ("zeros", ())) if self.affine else centred


@hookimpl
def register_blocks():
    return {"centre": Centre}
