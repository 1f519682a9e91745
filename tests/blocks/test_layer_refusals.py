"""What the layers refuse, in which words, and what they warn of."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netwright.blocks.activation import Celu, Prelu
from netwright.blocks.channel_norm import BatchNorm1d, BatchNorm2d, InstanceNorm2d
from netwright.blocks.convolution import Conv2d
from netwright.blocks.dropout import Dropout
from netwright.blocks.embedding import Embedding, EmbeddingBag
from netwright.blocks.linear import Bilinear, Linear
from netwright.blocks.norm import GroupNorm, LayerNorm
from netwright.blocks.piecewise import Hardtanh
from netwright.blocks.position import LearnedPosition, SinusoidalPosition
from netwright.blocks.softmax import Glu, Softmax
from netwright.blocks.unfold import Fold, Unfold
from netwright.plugins.block import Block
from netwright.specs.sizes import Undecided, symbol
from netwright.specs.tensors import Refusal, Tensor


@pytest.mark.parametrize(
    ("block", "x", "message", "help"),
    [
        (
            Conv2d(out_channels=8, kernel_size=3, groups=5),
            Tensor((1, 64, 8, 8)),
            "groups is 5, which does not divide 64 channels of x",
            "write groups: 4 or 8",
        ),
        (
            Conv2d(out_channels=9, kernel_size=3, groups=2),
            Tensor((1, 64, 8, 8)),
            "groups is 2, which does not divide 9 out_channels",
            "write groups: 1 or 3",
        ),
        (
            Conv2d(out_channels=8, kernel_size=3),
            Tensor((64, 8, 8)),
            "expected [batch, channels, height, width], got [64, 8, 8]",
            "the batch dimension is missing: {block: unsqueeze, dim: 0} adds one",
        ),
        (
            Conv2d(out_channels=8, kernel_size=3, padding="same", stride=2),
            Tensor((1, 1, 8, 8)),
            "padding: same needs a stride of 1, got [2, 2]",
            "write the padding as a number, or leave stride out",
        ),
        (
            Conv2d(out_channels=8, kernel_size=5, padding=1),
            Tensor((1, 1, 8, 2)),
            "kernel_size 5 is larger than the input: width is 2 (4 with padding) in [1, 1, 8, 2]",
            "reach at most 4, pad more, or keep a larger width before it",
        ),
        (
            Linear(out_features=4),
            Tensor((2, 3), "int64"),
            "expected float, got int64",
            "convert it first: {block: to, dtype: float}",
        ),
        (
            BatchNorm1d(),
            Tensor((1, 2, 3, 4)),
            "expected [batch, channels, length], got [1, 2, 3, 4]",
            "write block: batch_norm2d",
        ),
        (
            BatchNorm2d(track_running_stats=False),
            Tensor((1, 2, 1, 1)),
            "one value for each channel has no variance: x is [1, 2, 1, 1]",
            "set track_running_stats: true, or feed more than one value for each channel",
        ),
        (
            Unfold(kernel_size=5, padding=1),
            Tensor((1, 1, 8, 2)),
            "kernel_size 5 is larger than the input: width is 2 (4 with padding) in [1, 1, 8, 2]",
            "reach at most 4, pad more, or keep a larger width before it",
        ),
        (
            Fold(output_size=[4, 4], kernel_size=2),
            Tensor((1, 6, 9)),
            "each channel has 4 columns, one for each place of the window, but x is [1, 6, 9]",
            "write the kernel_size that it was unfolded with",
        ),
        (
            Fold(output_size=[4, 5], kernel_size=2),
            Tensor((1, 8, 9)),
            "an image [1, 2, 4, 5] has 12 windows, but x is [1, 8, 9]",
            "give output_size the size that the image had when it was unfolded",
        ),
        (
            Fold(output_size=[4], kernel_size=2),
            Tensor((1, 8, 9)),
            "output_size is a height and a width, got [4]",
            "write two sizes: output_size: [height, width]",
        ),
        (
            EmbeddingBag(num_embeddings=5, embedding_dim=2),
            Tensor((3,), "int64"),
            "expected [batch, indices], got [3] int64",
            "the batch dimension is missing: {block: unsqueeze, dim: 0} adds one",
        ),
        (
            EmbeddingBag(num_embeddings=5, embedding_dim=2, mode="max", sparse=True),
            Tensor((3, 4), "int64"),
            "sparse is not for mode: max",
            "leave it out",
        ),
        (
            EmbeddingBag(num_embeddings=5, embedding_dim=2, padding_idx=5),
            Tensor((3, 4), "int64"),
            "padding_idx 5 is outside the table of 5",
            "legal are -5 to 4",
        ),
        (
            LayerNorm(normalized_dims=3),
            Tensor((1, 2)),
            "normalized_dims is 3, but x is [1, 2], which has 2",
            "write normalized_dims: 2 or less",
        ),
        (
            Embedding(num_embeddings=10, embedding_dim=2),
            Tensor((1, 2), "int64", below=12),
            "indices go up to 11, but num_embeddings is 10",
            "write num_embeddings: 12, or bound the input: below: 10",
        ),
        (
            LearnedPosition(length=4),
            Tensor((1, 5, 2)),
            "the table has 4 positions, but x is [1, 5, 2], which has 5",
            "write length: 5, or shorten the sequence",
        ),
        (
            Softmax(dim=2),
            Tensor((1, 5)),
            "dim 2 of [1, 5] does not exist; legal are -2 to 1",
            "",
        ),
        (Glu(), Tensor((1, 5)), "glu halves dim -1, which is 5 in [1, 5]", "give it an even size"),
        (
            Prelu(num_parameters=3),
            Tensor((1, 5)),
            "num_parameters is 3, but x is [1, 5]: 5 channels",
            "write num_parameters: 5, or leave it out",
        ),
    ],
)
def test_message_and_help(block: Block, x: Tensor, message: str, help: str) -> None:
    with pytest.raises(Refusal) as caught:
        block.infer(x)
    assert (caught.value.message, caught.value.help) == (message, help)


@pytest.mark.parametrize(
    ("block", "x"),
    [
        (Celu(alpha=0), Tensor((1,))),
        (Hardtanh(min_val=1, max_val=1), Tensor((1,))),
        (Embedding(num_embeddings=2, embedding_dim=1, padding_idx=2), Tensor((1,), "int64")),
        (Embedding(num_embeddings=2, embedding_dim=1), Tensor((1,), "int16")),
        (Embedding(num_embeddings=2, embedding_dim=1), Tensor((1,))),
        (SinusoidalPosition(), Tensor((4, 3))),
        (Softmax(dim=-1), Tensor((4, 3), "int64")),
        (Dropout(), Tensor((4, 3), "bool")),
    ],
)
def test_what_torch_would_refuse_is_refused(block: Block, x: Tensor) -> None:
    with pytest.raises(Refusal):
        block.infer(x)


def test_bilinear_wants_the_same_leading_sizes() -> None:
    with pytest.raises(Refusal, match="input2 is"):
        Bilinear(out_features=1).infer(Tensor((2, 3)), Tensor((1, 3)))


@pytest.mark.parametrize("sizes", [(1, 4), (1, 4, 1), (2, 4), (1, 8), (1, 4, 2)])
def test_group_norm_needs_the_values_that_torch_needs(sizes: tuple[int, ...]) -> None:
    module = nn.GroupNorm(4, sizes[1])
    try:
        module(torch.rand(sizes))
        fits = True
    except ValueError:
        fits = False
    try:
        GroupNorm(num_groups=4).infer(Tensor(sizes))
        assert fits
    except Refusal:
        assert not fits


def test_instance_norm_needs_two_values() -> None:
    with pytest.raises(Refusal):
        InstanceNorm2d().infer(Tensor((8, 4, 1, 1)))
    InstanceNorm2d().infer(Tensor((1, 4, 1, 2)))


def test_batch_norm_warns_of_training_on_one_value() -> None:
    assert list(BatchNorm1d().cautions(Tensor((1, 4))))
    assert not list(BatchNorm1d().cautions(Tensor((2, 4))))
    with pytest.raises(Undecided, match=r"batch: \{min: 2\}"):
        list(BatchNorm1d().cautions(Tensor((symbol("batch"), 4))))


def test_embedding_warns_where_no_bound_is_known() -> None:
    block = Embedding(num_embeddings=10, embedding_dim=2)
    (caution,) = block.cautions(Tensor((1,), "int64"))
    assert "below: 10" in caution
    assert not list(block.cautions(Tensor((1,), "int64", below=10)))
    with pytest.raises(Undecided):
        block.infer(Tensor((1,), "int64", below=symbol("vocab")))


def test_only_settings_that_differ_from_torch_are_written() -> None:
    block = Conv2d(out_channels=1, kernel_size=3, stride=[2, 2], padding=[1, 0], bias=False)
    assert block.changed("stride", "padding", "dilation", "bias") == {
        "stride": 2,
        "padding": (1, 0),
        "bias": False,
    }


def test_weights_of_a_bag_fit_its_indices() -> None:
    x = Tensor((3, 4), "int64", 5)
    bag = EmbeddingBag(num_embeddings=5, embedding_dim=2, mode="sum")
    with pytest.raises(Refusal, match="has not the shape of x"):
        bag.infer(x, Tensor((3, 5)))
    with pytest.raises(Refusal, match="for mode: sum, not mean"):
        EmbeddingBag(num_embeddings=5, embedding_dim=2).infer(x, Tensor((3, 4)))
    assert bag.infer(x, Tensor((3, 4))) == Tensor((3, 2))
