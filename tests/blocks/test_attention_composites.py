"""The composites `attention`, `cross_attention` and `residual`, compiled, against torch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from netwright import composer, specs
from netwright.specs.problems import SpecError


def compiled(inputs: dict[str, Any], node: dict[str, Any]) -> nn.Module:
    document = {"netwright": 1, "name": "one", "inputs": inputs, "nodes": {"node": node}}
    return composer.compile(specs.load(document))


def weights_of(model: nn.Module, own: nn.MultiheadAttention) -> None:
    """Give torch's module the weights of the compiled one."""
    state = {path.removeprefix("node."): value for path, value in model.state_dict().items()}
    projections = [state[f"{name}.weight"] for name in ("query", "key", "value")]
    if own.in_proj_weight is not None:
        own.in_proj_weight.data.copy_(torch.cat(projections))
    else:
        for name, value in zip("qkv", projections, strict=True):
            getattr(own, f"{name}_proj_weight").data.copy_(value)
    biases = [state[f"{name}.bias"] for name in ("query", "key", "value")]
    own.in_proj_bias.data.copy_(torch.cat(biases))
    own.out_proj.weight.data.copy_(state["output.weight"])
    own.out_proj.bias.data.copy_(state["output.bias"])


def test_attention_is_that_of_torch() -> None:
    node = {"block": "attention", "num_heads": 3, "is_causal": True}
    model = compiled({"x": ["batch", "seq", 12]}, node)
    own = nn.MultiheadAttention(12, 3, batch_first=True)
    weights_of(model, own)
    x = torch.rand(2, 5, 12)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    torch.testing.assert_close(model(x), own(x, x, x, attn_mask=later, need_weights=False)[0])


def test_a_mask_says_who_is_seen() -> None:
    inputs = {"x": ["batch", "seq", 12], "mask": {"shape": ["seq", "seq"], "dtype": "bool"}}
    node = {"block": "attention", "num_heads": 2, "from": {"x": "x", "mask": "mask"}}
    model = compiled(inputs, node)
    own = nn.MultiheadAttention(12, 2, batch_first=True)
    weights_of(model, own)
    x, seen = torch.rand(2, 5, 12), torch.eye(5, dtype=torch.bool).roll(1, 0)
    torch.testing.assert_close(model(x, seen), own(x, x, x, attn_mask=~seen, need_weights=False)[0])


def test_cross_attention_is_that_of_torch() -> None:
    inputs = {"x": ["batch", "seq", 12], "memory": ["batch", "past", 7]}
    node = {"block": "cross_attention", "num_heads": 4, "from": {"x": "x", "memory": "memory"}}
    model = compiled(inputs, node)
    own = nn.MultiheadAttention(12, 4, kdim=7, vdim=7, batch_first=True)
    weights_of(model, own)
    x, memory = torch.rand(2, 5, 12), torch.rand(2, 3, 7)
    torch.testing.assert_close(model(x, memory), own(x, memory, memory, need_weights=False)[0])


def test_heads_that_do_not_divide_are_refused() -> None:
    with pytest.raises(SpecError, match="5"):
        compiled({"x": ["batch", "seq", 12]}, {"block": "attention", "num_heads": 5})


def test_residual_adds_its_input() -> None:
    body = {"norm": "layer_norm", "up": {"block": "linear", "out_features": 4}}
    model = compiled({"x": ["batch", 4]}, {"block": "residual", "body": body})
    assert list(model.state_dict()) == [
        "node.norm.weight",
        "node.norm.bias",
        "node.up.weight",
        "node.up.bias",
    ]
    x = torch.rand(3, 4)
    state = model.state_dict()
    expected = nn.functional.linear(
        nn.functional.layer_norm(x, (4,)), state["node.up.weight"], state["node.up.bias"]
    )
    torch.testing.assert_close(model(x), expected + x)


def test_values_may_come_from_elsewhere_than_keys() -> None:
    inputs = {"x": ["batch", "seq", 12], "keys": ["batch", "past", 7], "told": ["batch", "past", 5]}
    fed = {"x": "x", "memory": "keys", "values": "told"}
    model = compiled(inputs, {"block": "cross_attention", "num_heads": 4, "from": fed})
    own = nn.MultiheadAttention(12, 4, kdim=7, vdim=5, batch_first=True)
    weights_of(model, own)
    x, keys, told = torch.rand(2, 5, 12), torch.rand(2, 3, 7), torch.rand(2, 3, 5)
    torch.testing.assert_close(model(x, keys, told), own(x, keys, told, need_weights=False)[0])


def test_values_stand_beside_their_keys() -> None:
    inputs = {"x": ["batch", "seq", 12], "keys": ["batch", "past", 7], "told": ["batch", "seq", 5]}
    fed = {"x": "x", "memory": "keys", "values": "told"}
    with pytest.raises(SpecError, match="values"):
        compiled(inputs, {"block": "cross_attention", "num_heads": 4, "from": fed})


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_multihead_attention_takes_the_masks_of_torch(padded: bool, masked: bool) -> None:
    inputs: dict[str, Any] = {"q": ["n", "s", 12], "k": ["n", "past", 7], "v": ["n", "past", 5]}
    fed = {"query": "q", "key": "k", "value": "v"}
    tensors = [torch.rand(2, 5, 12), torch.rand(2, 3, 7), torch.rand(2, 3, 5)]
    masks = {}
    if padded:
        inputs["key_padding_mask"] = {"shape": ["n", "past"], "dtype": "bool"}
        masks["key_padding_mask"] = torch.tensor([[False, False, True], [False, False, False]])
    if masked:
        inputs["attn_mask"] = {"shape": ["s", "past"], "dtype": "bool"}
        masks["attn_mask"] = torch.eye(5, 3, dtype=torch.bool)
    fed |= {name: name for name in masks}
    model = compiled(inputs, {"block": "multihead_attention", "num_heads": 3, "from": fed})
    own = nn.MultiheadAttention(12, 3, kdim=7, vdim=5, batch_first=True)
    state = {
        path.replace("node.attention.", "node."): value
        for path, value in model.state_dict().items()
    }
    weights_of(_Weights(state), own)
    expected = own(*tensors, need_weights=False, **masks)[0]
    torch.testing.assert_close(model(*tensors, *masks.values()), expected)


class _Weights(nn.Module):
    """A state dict in the place of a model."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self._state = state

    def state_dict(self, *_: Any, **__: Any) -> Any:
        return self._state
