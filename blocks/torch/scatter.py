"""Reductions over groups: the slices of a tensor that bear one index become one slice."""

from __future__ import annotations

import torch
from torch import Tensor


def scatter_sum(src: Tensor, index: Tensor, dim_size: int, dim: int = 0) -> Tensor:
    """Sums of the slices of src along dim that bear the same index; 0 where there are none."""
    shape = list(src.shape)
    shape[dim] = dim_size
    return src.new_zeros(shape).index_add(dim, index, src)


def scatter_mul(src: Tensor, index: Tensor, dim_size: int, dim: int = 0) -> Tensor:
    """Products of the slices of src along dim that bear the same index; 1 where there are none."""
    shape, sizes = list(src.shape), [1] * src.dim()
    shape[dim], sizes[dim] = dim_size, -1
    index = index.reshape(sizes).expand_as(src)
    return src.new_ones(shape).scatter_reduce(dim, index, src, "prod")


def scatter_mean(src: Tensor, index: Tensor, dim_size: int, dim: int = 0) -> Tensor:
    """Means of the slices of src along dim that bear the same index; 0 where there are none."""
    shape, sizes = list(src.shape), [1] * src.dim()
    shape[dim], sizes[dim] = dim_size, -1
    count = src.new_zeros(dim_size).index_add(0, index, src.new_ones(index.shape))
    total = src.new_zeros(shape).index_add(dim, index, src)
    return total / count.clamp(min=1).reshape(sizes)


def scatter_max(src: Tensor, index: Tensor, dim_size: int, dim: int = 0) -> Tensor:
    """Largest elements over slices along dim that bear the same index; 0 where there are none."""
    shape, sizes = list(src.shape), [1] * src.dim()
    shape[dim], sizes[dim] = dim_size, -1
    index = index.reshape(sizes).expand_as(src)
    return src.new_zeros(shape).scatter_reduce(dim, index, src, "amax", include_self=False)


def scatter_min(src: Tensor, index: Tensor, dim_size: int, dim: int = 0) -> Tensor:
    """Smallest elements over slices along dim that bear the same index; 0 where there are none."""
    shape, sizes = list(src.shape), [1] * src.dim()
    shape[dim], sizes[dim] = dim_size, -1
    index = index.reshape(sizes).expand_as(src)
    return src.new_zeros(shape).scatter_reduce(dim, index, src, "amin", include_self=False)


def scatter_softmax(src: Tensor, index: Tensor, dim_size: int) -> Tensor:
    """The softmax over the slices (along dim 0) that bear the same index."""
    sizes = [-1] + [1] * (src.dim() - 1)
    every = index.reshape(sizes).expand_as(src)
    lowest = src.new_full((dim_size, *src.shape[1:]), -torch.inf)
    largest = lowest.scatter_reduce(0, every, src.detach(), "amax")
    weight = (src - largest[index]).exp()
    total = torch.zeros_like(largest).index_add(0, index, weight)
    return weight / total[index]


def group_count(index: Tensor) -> int:
    """The number of groups, of which the last one has a member."""
    return int(index.max()) + 1
