"""The rows of a memory that numbers name."""

from netwright.plugins import Block, Input, Refusal, Tensor, Value, call, hookimpl


class Chosen(Block):
    """The rows of a memory, one for each number.

    Shapes: memory [rows, features], which [count] -> [count, features]
    Parameters: 0
    Reference: torch.index_select
    Examples:
        {block: choosing/chosen} on memory [rows, 8], which [count] int64 below rows gives [count, 8]
        {block: choosing/chosen} on memory [5, f], which [3] int64 below 5 gives [3, f]
    """

    def infer(self, memory: Tensor, which: Tensor) -> Tensor:
        rows, features = memory.match("[rows, features]", "float")
        (count,) = which.match("[count]", "int64")
        if which.below is not None and not which.below <= rows:
            raise Refusal(f"numbers are below {which.below}, there are {rows} rows", tensor=which)
        return Tensor((count, features))

    def build(self, memory: Input, which: Input) -> Value:
        return call("torch.index_select", memory, 0, which)


@hookimpl
def register_blocks():
    return {"chosen": Chosen}
