"""Neighbouring places as features."""

from netwright.plugins import Block, Count, Field, Input, Refusal, Tensor, Value, call, hookimpl


class Fold(Block):
    """Each `group` neighbouring places as one, with their features side by side.

    Shapes: x [batch, seq, features] -> [batch, seq / group, group * features]
    Parameters: 0
    Reference: torch.nn.PixelUnshuffle
    Examples:
        {block: folding/fold, group: 2} on x [batch, 6, 4] gives [batch, 3, 8]
        {block: folding/fold, group: 3} on x [2, 3, 1] gives [2, 1, 3]
    """

    group: Count = Field(description="places that become one; must divide their number")

    def infer(self, x: Tensor) -> Tensor:
        batch, seq, features = x.match("[batch, seq, features]", "float")
        if not seq % self.group == 0:
            raise Refusal(f"group {self.group} does not divide {seq}", tensor=x, setting="group")
        return x.with_sizes(batch, seq // self.group, features * self.group)

    def build(self, x: Input) -> Value:
        batch, seq, features = x.shape[0], x.shape[1], x.shape[2]
        return call("torch.Tensor.view", x, [batch, seq // self.group, features * self.group])


@hookimpl
def register_blocks():
    return {"fold": Fold}
