"""The networks that compiled specs are measured against, as a person writes them.

They are cut into modules as the specs are into nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class MlpLayer(nn.Module):
    """A linear layer and its activation."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.linear(x))


class Mlp(nn.Module):
    """Layers in a row."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(MlpLayer(before, after) for before, after in pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Basic(nn.Module):
    """Two 3x3 convolutions around which the input goes."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        self.project: nn.Module | None = None
        if stride != 1 or in_channels != out_channels:
            self.project = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return functional.relu(y + (x if self.project is None else self.project(x)))


class ResNet(nn.Module):
    """Of basic blocks."""

    def __init__(self, depths: Sequence[int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(64)
        self.blocks = nn.ModuleList()
        channels = 64
        for stage, depth in enumerate(depths):
            for block in range(depth):
                width = 64 * 2**stage
                self.blocks.append(Basic(channels, width, 2 if stage and not block else 1))
                channels = width
        self.logits = nn.Linear(channels, 1000)

    def forward(self, image: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.norm(self.conv(image))), 3, 2, 1)
        for block in self.blocks:
            x = block(x)
        return self.logits(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


class Attention(nn.Module):
    """Causal, with a projection each for queries, keys and values."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, seq, width = x.shape
        shape = (batch, seq, self.heads, width // self.heads)
        y = functional.scaled_dot_product_attention(
            self.query(x).reshape(shape).transpose(1, 2),
            self.key(x).reshape(shape).transpose(1, 2),
            self.value(x).reshape(shape).transpose(1, 2),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        return self.output(y.transpose(1, 2).flatten(2))


class Attend(nn.Module):
    """Normed attention, and the input added."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(self.attention(self.norm(x)))


class Feed(nn.Module):
    """A normed feed-forward network, and the input added."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.gelu(self.up(self.norm(x)), approximate="tanh")
        return x + self.drop(self.down(y))


class Layer(nn.Module):
    """Attention, then a feed-forward network."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attend = Attend(width, heads, dropout)
        self.feed = Feed(width, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.feed(self.attend(x))


class Gpt(nn.Module):
    """The GPT of the zoo: its weights are initialised as there, after torch's own initialisation."""

    def __init__(
        self,
        vocab: int = 50257,
        context: int = 1024,
        width: int = 768,
        heads: int = 12,
        layers: int = 12,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.position = nn.Embedding(context, width)
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.logits = nn.Linear(width, vocab, bias=False)
        self.logits.weight = self.embed.weight
        for name, parameter in self.named_parameters():
            if name.endswith(("output.weight", "down.weight")):
                nn.init.normal_(parameter, std=0.02 / (2 * layers) ** 0.5)
            elif name.endswith("norm.weight"):
                nn.init.ones_(parameter)
            elif name.endswith("weight"):
                nn.init.normal_(parameter, std=0.02)
            else:
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens) + self.position(torch.arange(tokens.shape[1], device=tokens.device))
        x = self.drop(x)
        for layer in self.layers:
            x = layer(x)
        return self.logits(self.norm(x))


class Residual(nn.Module):
    """A linear layer and its activation, and the input added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + functional.relu(self.linear(x))


class Residuals(nn.Module):
    """Residual blocks in a row."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Residual(width) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Chain(nn.Module):
    """Linear layers and activations by turns, half of the nodes each."""

    def __init__(self, width: int, nodes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(nodes // 2))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = functional.relu(layer(x))
        return x
