"""Factors that are not said."""

from netwright.plugins import Block, Field, Input, Number, Tensor, Value, hookimpl


class Weigh(Block):
    """x times a number, plus another.

    Shapes: x [...] -> same
    Parameters: 0
    Reference: torch.add
    Examples:
        {block: weighing/weigh} on x [batch, 4] gives [batch, 4]
        {block: weighing/weigh, factor: 3.0, plus: 1.0} on x [] gives []
    """

    factor: Number = Field(default=2.0, description="what x is multiplied with")
    plus: Number = 0.0

    def infer(self, x: Tensor) -> Tensor:
        return x.of("float")

    def build(self, x: Input) -> Value:
        return x * self.factor + self.plus


@hookimpl
def register_blocks():
    return {"weigh": Weigh}
