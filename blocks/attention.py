"""Attention as torch computes it; the projections around it are in `attention.yaml`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from netwright.plugins.block import Block
from netwright.plugins.expression import Input, InTraining, Value, call
from netwright.plugins.settings import Number, Probability
from netwright.plugins.symmetries import Causal, Symmetry
from netwright.specs.sizes import Size, product
from netwright.specs.tensors import Refusal, Tensor, broadcast


class ScaledDotProductAttention(Block):
    """softmax(query key^T / sqrt(features)) value, with an optional mask.

    A mask of booleans says who is seen; one of floats is added to the scores.

    Shapes: query [..., queries, features], key [..., keys, features], value [..., keys, value_features], attn_mask [..., queries, keys] -> [..., queries, value_features]
    Parameters: 0
    Reference: torch.nn.functional.scaled_dot_product_attention; Vaswani et al. 2017
    Examples:
        {block: scaled_dot_product_attention} on query [batch, 4, seq, 8], key [batch, 4, past, 8], value [batch, 4, past, 5] gives [batch, 4, seq, 5]
        {block: scaled_dot_product_attention, is_causal: true, dropout_p: 0.1} on query [batch, 2, seq, 4], key [batch, 2, seq, 4], value [batch, 2, seq, 4] gives [batch, 2, seq, 4]
        {block: scaled_dot_product_attention, scale: 0.5} on query [seq, 4], key [1, 4], value [1, 4] gives [seq, 4]
        {block: scaled_dot_product_attention, enable_gqa: true} on query [batch, 6, seq, 4], key [batch, 2, seq, 4], value [batch, 2, seq, 4] gives [batch, 6, seq, 4]
        {block: scaled_dot_product_attention} on query [batch, 2, seq, 4], key [batch, 2, past, 4], value [batch, 2, past, 4], attn_mask [batch, 1, 1, past] bool gives [batch, 2, seq, 4]
        {block: scaled_dot_product_attention} on query [batch, seq, 4], key [batch, past, 4], value [1, past, 4], attn_mask [seq, past] gives [batch, seq, 4]
    """

    dropout_p: Probability = Field(
        default=0.0, description="probability in training that a weight is left out"
    )
    is_causal: bool = Field(
        default=False, description="no query sees a key that comes after it; instead of attn_mask"
    )
    scale: Number | None = Field(
        default=None, description="factor of the scores; null is 1 / sqrt(features)"
    )
    enable_gqa: bool = Field(
        default=False,
        description="let groups of query heads (dim -3) share the fewer heads of key and value",
    )

    def infer(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None
    ) -> Tensor:
        for each in (query, key, value):
            each.match("[..., positions, features]", "floating")
            each.of(query.dtype)
        for each, dim, name, wanted in (
            (key, -1, "features of query", query.sizes[-1]),
            (value, -2, "positions of key", key.sizes[-2]),
        ):
            if not each.sizes[dim] == wanted:
                raise Refusal(
                    f"dim {dim} is {each.sizes[dim]} in {each}, and the {name} are {wanted}",
                    code="NW301",
                    tensor=each,
                )
        scored, leading = self._leading(query, key, value)
        if attn_mask is not None:
            self._masks(attn_mask, query, (*scored, query.sizes[-2], key.sizes[-2]))
        return query.with_sizes(*leading, query.sizes[-2], value.sizes[-1])

    def _leading(
        self, query: Tensor, key: Tensor, value: Tensor
    ) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        """The dimensions before the last two: of the scores, and of what comes out."""
        own, others = query.sizes[:-2], [key.sizes[:-2], value.sizes[:-2]]
        if self.enable_gqa:
            for each in (query, key, value):
                each.match("[..., heads, positions, features]")
                if own and not own[-1] % each.sizes[-3] == 0:
                    raise Refusal(
                        f"{each.sizes[-3]} heads do not divide the {own[-1]} heads of query",
                        tensor=each,
                    )
            others = [(*sizes[:-1], own[-1]) for sizes in others]
        scored = broadcast([own, others[0]])
        return scored, broadcast([scored, others[1]])

    def _masks(self, mask: Tensor, query: Tensor, scores: tuple[Size, ...]) -> None:
        if self.is_causal:
            raise Refusal(
                "is_causal and attn_mask exclude each other",
                help="leave is_causal out, and let the mask say it",
                tensor=mask,
                setting="is_causal",
            )
        if mask.dtype not in ("bool", "float32", query.dtype):
            raise Refusal(
                f"a mask is bool or {query.dtype}, as query is; got {mask.dtype}",
                code="NW303",
                tensor=mask,
            )
        if not 2 <= mask.rank <= len(scores) or any(
            not (isinstance(size, int) and size == 1) and not size == score
            for size, score in zip(reversed(mask.sizes), reversed(scores), strict=False)
        ):
            listed = ", ".join(map(str, scores))
            raise Refusal(
                f"the mask {mask} does not fit the scores [{listed}]",
                help="from the last, each of its two or more sizes is 1 or that of the scores",
                code="NW301",
                tensor=mask,
            )

    def build(
        self, query: Input, key: Input, value: Input, attn_mask: Input | None = None
    ) -> Value:
        options: dict[str, Any] = {} if attn_mask is None else {"attn_mask": attn_mask}
        if self.dropout_p:
            options["dropout_p"] = InTraining(self.dropout_p, 0.0)
        options |= self.changed("is_causal", "scale", "enable_gqa")
        target = "torch.nn.functional.scaled_dot_product_attention"
        return call(target, query, key, value, **options)

    def symmetries(self) -> tuple[Symmetry, ...]:
        return (Causal("query", -2),) if self.is_causal else ()

    def flops(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None
    ) -> Size:
        scored, leading = self._leading(query, key, value)
        pairs = query.sizes[-2] * key.sizes[-2]
        scoring = product(scored) * pairs * query.sizes[-1]
        return 2 * (scoring + product(leading) * pairs * value.sizes[-1])
