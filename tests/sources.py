"""Where the fixtures have the tensors of our models, by tables.

Names are mapped one by one, never by order: equal shapes in another order would pass in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Source:
    """Where a tensor's value stands: one of several equal parts (along a dimension) of a tensor."""

    name: str
    part: int = 0
    parts: int = 1
    transposed: bool = False
    dim: int = -1

    def value(self, values: Mapping[str, torch.Tensor]) -> torch.Tensor:
        value = values[self.name]
        if self.parts > 1:
            value = value.chunk(self.parts, dim=self.dim)[self.part]
        return value.T if self.transposed else value


WEIGHT_AND_BIAS = ("weight", "bias")
NORM = ("weight", "bias", "running_mean", "running_var")
CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def modules(
    table: Mapping[str, str], tensors: Sequence[str] = WEIGHT_AND_BIAS
) -> dict[str, Source]:
    """Each of these tensors of each module, where the other's module has it."""
    return {
        f"{own}.{tensor}": Source(f"{theirs}.{tensor}")
        for own, theirs in table.items()
        for tensor in tensors
    }


def gpt2(layers: int) -> dict[str, Source]:
    """The projections of attention are one tensor there, and every linear map is stored [in, out]."""
    found = modules({"norm": "transformer.ln_f"})
    found["embed.weight"] = Source("transformer.wte.weight")
    found["position.weight"] = Source("transformer.wpe.weight")
    found["logits.weight"] = Source("lm_head.weight")
    for number in range(layers):
        own, theirs = f"layers.{number}", f"transformer.h.{number}"
        found |= modules(
            {f"{own}.attend.norm": f"{theirs}.ln_1", f"{own}.feed.norm": f"{theirs}.ln_2"}
        )
        for part, projection in enumerate(("query", "key", "value")):
            place = f"{own}.attend.attention.{projection}"
            found[f"{place}.weight"] = Source(f"{theirs}.attn.c_attn.weight", part, 3, True)
            found[f"{place}.bias"] = Source(f"{theirs}.attn.c_attn.bias", part, 3)
        for place, other in (
            (f"{own}.attend.attention.output", f"{theirs}.attn.c_proj"),
            (f"{own}.feed.up", f"{theirs}.mlp.c_fc"),
            (f"{own}.feed.down", f"{theirs}.mlp.c_proj"),
        ):
            found[f"{place}.weight"] = Source(f"{other}.weight", transposed=True)
            found[f"{place}.bias"] = Source(f"{other}.bias")
    return found


def transformer(layers: int) -> dict[str, Source]:
    """The projections of each attention are one tensor there, one above the other."""
    found = {"embed.weight": Source("emb.weight"), "logits.weight": Source("emb.weight")}
    for number in range(layers):
        for own, theirs, attentions in (
            (f"encoder.{number}", f"enc.{number}", {"attend.attention": "self_attn"}),
            (
                f"decoder.{number}",
                f"dec.{number}",
                {"attend.attention": "self_attn", "read.read": "multihead_attn"},
            ),
        ):
            norms = [*(each.partition(".")[0] for each in attentions), "feed"]
            for place, norm in enumerate(norms, 1):
                found |= modules({f"{own}.{norm}.norm": f"{theirs}.norm{place}"})
            for mine, other in attentions.items():
                found |= modules({f"{own}.{mine}.output": f"{theirs}.{other}.out_proj"})
                for part, projection in enumerate(("query", "key", "value")):
                    for tensor in WEIGHT_AND_BIAS:
                        source = Source(f"{theirs}.{other}.in_proj_{tensor}", part, 3, dim=0)
                        found[f"{own}.{mine}.{projection}.{tensor}"] = source
            found |= modules({
                f"{own}.feed.body.up": f"{theirs}.linear1",
                f"{own}.feed.body.down": f"{theirs}.linear2",
            })  # fmt: skip
    return found


def _ddpm_step(own: str, theirs: str, number: int, attends: bool, shortcut: bool) -> dict[str, str]:
    """A residual block, and the attention behind it."""
    residual, attention = f"{theirs}.resnets.{number}", f"{theirs}.attentions.{number}"
    table = {
        f"{own}.residual.norm1": f"{residual}.norm1",
        f"{own}.residual.conv1": f"{residual}.conv1",
        f"{own}.residual.time_map": f"{residual}.time_emb_proj",
        f"{own}.residual.norm2": f"{residual}.norm2",
        f"{own}.residual.conv2": f"{residual}.conv2",
    }
    if shortcut:
        table[f"{own}.residual.shortcut"] = f"{residual}.conv_shortcut"
    if attends:
        table[f"{own}.attend.norm"] = f"{attention}.group_norm"
        for mine, other in (("query", "q"), ("key", "k"), ("value", "v"), ("output", "out.0")):
            table[f"{own}.attend.attention.{mine}"] = f"{attention}.to_{other}"
    return table


def ddpm(widths: Sequence[int], attention: Sequence[bool]) -> dict[str, Source]:
    """One step down a level. Each step there is around what is deeper, there they stand in lists."""
    table = {
        "stem": "conv_in",
        "time1": "time_embedding.linear_1",
        "time2": "time_embedding.linear_2",
        "norm": "conv_norm_out",
        "noise": "conv_out",
    }
    last = len(widths) - 1
    around = "levels"
    for level, (width, attends) in enumerate(zip(widths, attention, strict=True)):
        down, up = f"down_blocks.{level}", f"up_blocks.{last - level}"
        changes = level > 0 and width != widths[level - 1]
        table |= _ddpm_step(f"{around}.down", down, 0, attends, changes)
        # What this level's step down made is read first, what the level itself read, last.
        table |= _ddpm_step(f"{around}.inner.up", up, 0, attends, True)
        table |= _ddpm_step(f"{around}.up", up, 1, attends, True)
        if level < last:
            table[f"{around}.inner.halve"] = f"{down}.downsamplers.0.conv"
            table[f"{around}.inner.smooth"] = f"up_blocks.{last - level - 1}.upsamplers.0.conv"
            around = f"{around}.inner.deeper"
    table |= _ddpm_step(f"{around}.inner.middle.before", "mid_block", 0, True, False)
    after = _ddpm_step(".after", "mid_block", 1, False, False)
    table |= {own.replace(".after.residual", f"{around}.inner.middle.after"): theirs
              for own, theirs in after.items()}  # fmt: skip
    return modules(table)


def seq2seq(directions: int) -> dict[str, Source]:
    """What both attentions have; without the attention itself."""
    found = {
        "embed_source.weight": Source("se.weight"),
        "embed_target.weight": Source("te.weight"),
        **modules({"init_h": "init_h", "init_c": "init_c", "logits": "out"}),
        **modules({"decoder.cell": "cell"}, CELL),
    }
    for direction in ("l0", "l0_reverse")[:directions]:
        for tensor in CELL:
            found[f"encoder.{tensor}_{direction}"] = Source(f"enc.{tensor}_{direction}")
    return found


BAHDANAU = {
    **seq2seq(2),
    "keys.weight": Source("Ua.weight"),
    "decoder.attend.query.weight": Source("Wa.weight"),
    "decoder.attend.score.weight": Source("va.weight"),
}
LUONG = {**seq2seq(1), "keys.weight": Source("Wa.weight"), "mix.weight": Source("Wc.weight")}
