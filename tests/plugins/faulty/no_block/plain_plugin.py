"""Has the methods of a block and does not derive from one."""

from netwright.plugins import hookimpl


class Scaled:
    def infer(self, x):
        return x

    def build(self, x):
        return x * 2


@hookimpl
def register_blocks():
    return {"scaled": Scaled}
