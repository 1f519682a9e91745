"""Graphs built by hand, for tests of what is made of graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netwright.composer.graph import Element, Graph, Leaf, Node, Ref, Run
from netwright.plugins.block import Block
from netwright.plugins.expression import Built, Module, Value, call
from netwright.specs.tensors import Tensor


class Linear(Block):
    out_features: int
    bias: bool = True

    def infer(self, x: Tensor) -> Tensor:
        return x.with_sizes(*x.sizes[:-1], self.out_features)

    def build(self, x: Any) -> Value:
        sizes = {"weight": (self.out_features, x.sizes[-1])}
        if not self.bias:
            return Module(
                "torch.nn.Linear", x.sizes[-1], self.out_features, bias=False, parameters=sizes
            )(x)
        sizes["bias"] = (self.out_features,)
        return Module("torch.nn.Linear", x.sizes[-1], self.out_features, parameters=sizes)(x)


class LayerNorm(Block):
    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Any) -> Value:
        size = (x.sizes[-1],)
        return Module("torch.nn.LayerNorm", x.sizes[-1], parameters={"weight": size, "bias": size})(
            x
        )


class Gelu(Block):
    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Any) -> Value:
        return call("torch.nn.functional.gelu", x, approximate="tanh")


class Dropout(Block):
    p: float = 0.5

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Any) -> Value:
        return Module("torch.nn.Dropout", self.p)(x)


class Relu(Block):
    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Any) -> Value:
        return call("torch.nn.functional.relu", x)


class Add(Block):
    def infer(self, *inputs: Tensor) -> Tensor:
        return inputs[0]

    def build(self, *inputs: Any) -> Value:
        total = inputs[0]
        for each in inputs[1:]:
            total = total + each
        return total


class Cat(Block):
    dim: int = -1

    def infer(self, *inputs: Tensor) -> Tensor:
        sizes = list(inputs[0].sizes)
        sizes[self.dim] = sum(each.sizes[self.dim] for each in inputs)
        return inputs[0].with_sizes(*sizes)

    def build(self, *inputs: Any) -> Value:
        return call("torch.cat", list(inputs), dim=self.dim)


class Embedding(Block):
    num_embeddings: int
    embedding_dim: int

    def infer(self, x: Tensor) -> Tensor:
        return Tensor((*x.sizes, self.embedding_dim))

    def build(self, x: Any) -> Value:
        sizes = {"weight": (self.num_embeddings, self.embedding_dim)}
        return Module(
            "torch.nn.Embedding", self.num_embeddings, self.embedding_dim, parameters=sizes
        )(x)


class LearnedPosition(Block):
    length: int

    def infer(self, x: Tensor) -> Tensor:
        return x

    def build(self, x: Any) -> Value:
        sizes = {"weight": (self.length, x.sizes[-1])}
        table = Module("torch.nn.Embedding", self.length, x.sizes[-1], parameters=sizes)
        return x + table(call("torch.arange", x.shape[-2], device=x.device))


class Conv2d(Block):
    out_channels: int
    kernel_size: int = 3
    stride: int = 1
    bias: bool = True

    def infer(self, x: Tensor) -> Tensor:
        batch, _, height, width = x.sizes
        pad = 2 * (self.kernel_size // 2)
        height, width = ((n + pad - self.kernel_size) // self.stride + 1 for n in (height, width))
        return x.with_sizes(batch, self.out_channels, height, width)

    def build(self, x: Any) -> Value:
        given: dict[str, Any] = {"kernel_size": self.kernel_size}
        if self.stride != 1:
            given["stride"] = self.stride
        if self.kernel_size > 1:
            given["padding"] = self.kernel_size // 2
        weight = (self.out_channels, x.sizes[1], self.kernel_size, self.kernel_size)
        parameters = {"weight": weight} | ({"bias": (self.out_channels,)} if self.bias else {})
        if not self.bias:
            given["bias"] = False
        return Module(
            "torch.nn.Conv2d", x.sizes[1], self.out_channels, parameters=parameters, **given
        )(x)


class Made(Block):
    """A block from functions, for single tests."""

    infers: Any
    builds: Any
    label: str = ""

    def infer(self, *inputs: Tensor) -> Any:
        return self.infers(*inputs)

    def build(self, *inputs: Any) -> Built:
        built: Built = self.builds(*inputs)
        return built


def made(infers: Callable[..., Any], builds: Callable[..., Built]) -> Block:
    return Made(infers=infers, builds=builds)


def named(sizes: Any) -> Mapping[str, Tensor]:
    return {"": sizes} if isinstance(sizes, Tensor) else sizes


class Build:
    """Builds a graph node by node, reading the node above unless told otherwise."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, Tensor],
        title: str = "",
        description: str = "",
        **rest: Any,
    ) -> None:
        self.name = name
        self.title = title
        self.description = description
        self.inputs = dict(inputs)
        self.nodes: dict[str, Node] = {}
        self.rest = rest
        self.last: Ref = Ref(next(iter(inputs))) if inputs else Ref("")
        self._elements: dict[Any, Element] = {}

    def type(self, ref: Ref) -> Tensor:
        return self.graph(tensor=ref, check=False).target(ref)

    def node(
        self,
        name: str,
        block: Block | Graph | Sequence[Block | Graph],
        *sources: Any,
        repeat: int | None = None,
        chained: bool = True,
        ports: Sequence[str] = (),
        captures: Mapping[str, str] | None = None,
    ) -> Build:
        """sources: names, Refs, or tuples of them; repeat: equal copies; a list of blocks: one copy each."""
        refs = [_ref(each) for each in sources] or ([self.last] if self.last.node else [])
        copies = list(block) if isinstance(block, (list, tuple)) else [block]
        runs: list[Run] = []
        fed: list[Any] = [
            tuple(self.type(r) for r in ref) if isinstance(ref, tuple) else self.type(ref)
            for ref in refs
        ]
        in_ports: list[str] = list(ports)
        element: Element | None = None
        for copy in copies:
            if isinstance(copy, Graph):
                element = copy
                in_ports = in_ports or list(copy.inputs)
            else:
                element, in_ports = self._leaf(copy, fed, in_ports)
            runs.append(Run(repeat or 1, element))
            if chained and len(copies) > 1:
                fed[0] = next(iter(element.outputs.values()))
        assert element is not None
        repeated = repeat is not None or isinstance(block, (list, tuple))
        if in_ports == ["inputs"]:
            read: dict[str, Any] = {
                "inputs": refs[0] if isinstance(refs[0], tuple) else tuple(refs)
            }
        else:
            read = dict(zip(in_ports, refs, strict=False))
        self.nodes[name] = Node(
            name=name,
            block=type(copies[0]).__name__ if isinstance(copies[0], Block) else copies[0].name,
            sources=read,
            runs=tuple(runs),
            repeated=repeated,
            chained={next(iter(element.outputs)): in_ports[0]} if repeated and chained else {},
        )
        self.last = Ref(name, next(iter(element.outputs)))
        return self

    def _leaf(self, block: Block, fed: list[Any], ports: list[str]) -> tuple[Leaf, list[str]]:
        from netwright.plugins.block import ports as declared

        own = declared(type(block))
        if len(own) == 1 and own[0].variadic:
            flat = tuple(fed[0] if isinstance(fed[0], tuple) else fed)
            inputs: dict[str, Any] = {own[0].name: flat}
            outputs = block.infer(*flat)
        else:
            inputs = dict(zip((port.name for port in own), fed, strict=False))
            outputs = block.infer(*fed)
        return Leaf(type(block).__name__.lower(), block, inputs, named(outputs)), [
            port.name for port in own
        ]

    def graph(self, check: bool = True, form: Any = "tensor", **results: Any) -> Graph:
        refs = {name: _ref(each) for name, each in results.items()} or {"": self.last}
        if not check:
            return Graph(self.name, "", "", self.inputs, self.nodes, {}, "tensor", {})
        built = Graph(self.name, "", "", self.inputs, self.nodes, {}, "tensor", {})
        outputs = {name: built.target(ref) for name, ref in refs.items() if isinstance(ref, Ref)}
        return Graph(
            self.name,
            self.title,
            self.description,
            self.inputs,
            self.nodes,
            refs,
            form,
            outputs,
            **self.rest,
        )


def _ref(each: Any) -> Any:
    if isinstance(each, (list, tuple)):
        return tuple(_ref(one) for one in each)
    return Ref(each) if isinstance(each, str) else each


def gpt(layers: int = 3, dim: int = 48, vocab: int = 100) -> Graph:
    from netwright.specs.sizes import symbol

    batch, seq = symbol("batch"), symbol("seq", maximum=64)
    hidden = Tensor((batch, seq, dim))
    sizes = {"batch": batch, "seq": seq, "dim": dim}
    shapes = {"x": ("batch", "seq", "dim")}

    def residual(name: str) -> Build:
        return Build(
            "residual",
            {"x": hidden},
            f"gpt.yaml, `{name}` of block `layer`",
            shapes={"x": ("...",)},
        )

    attend = (
        residual("attend").node("norm", LayerNorm()).node("attention", Linear(out_features=dim))
    )
    attended = attend.node("add", Add(), attend.last, "x").graph()
    feed = residual("feed").node("norm", LayerNorm()).node("up", Linear(out_features=4 * dim))
    feed.node("act", Gelu()).node("down", Linear(out_features=dim)).node("drop", Dropout(p=0.1))
    fed = feed.node("add", Add(), feed.last, "x").graph()
    layer = Build("layer", {"x": hidden}, "gpt.yaml, block `layer`", shapes=shapes, sizes=sizes)
    element = layer.node("attend", attended).node("feed", fed).graph()
    root = Build(
        "gpt",
        {"tokens": Tensor((batch, seq), "int64", vocab)},
        "gpt.yaml",
        "Decoder-only Transformer language model.",
        shapes={"tokens": ("batch", "seq")},
        sizes={"batch": batch, "seq": seq},
        ties=(("logits.weight", "embed.weight"),),
    )
    root.node("embed", Embedding(num_embeddings=vocab, embedding_dim=dim))
    root.node("position", LearnedPosition(length=64)).node("drop", Dropout(p=0.1))
    root.node("layers", element, repeat=layers).node("norm", LayerNorm())
    return root.node("logits", Linear(out_features=vocab, bias=False)).graph()
