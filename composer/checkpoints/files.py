"""Files of weights: what is in them, without torch where their format says it, and their values.

A safetensors file begins with the length of a header, 8 bytes, little-endian; the header is JSON: name ->
dtype, shape and the bytes in what follows. See https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from netwright.specs.problems import Problem, WeightsError

if TYPE_CHECKING:
    from torch import Tensor

MAX_HEADER = 100_000_000

DTYPES = {
    "BOOL": ("bool", 1),
    "U8": ("uint8", 1),
    "I8": ("int8", 1),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "I16": ("int16", 2),
    "U16": ("uint16", 2),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I32": ("int32", 4),
    "U32": ("uint32", 4),
    "F32": ("float32", 4),
    "I64": ("int64", 8),
    "U64": ("uint64", 8),
    "F64": ("float64", 8),
    "C64": ("complex64", 8),
}
"""dtype of a safetensors file -> torch's, and the bytes of a number."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor of a file: torch's name of its dtype, its sizes, and where its bytes stand."""

    dtype: str
    sizes: tuple[int, ...]
    begin: int = 0
    end: int = 0


FilePath: TypeAlias = "str | os.PathLike[str]"


def is_safetensors(path: FilePath) -> bool:
    """Whether the file bears the ending."""
    return Path(path).suffix == ".safetensors"


def header(path: FilePath) -> dict[str, Stored]:
    """What a safetensors file says that it holds. Raises WeightsError if it is none."""
    try:
        size = os.stat(path).st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(MAX_HEADER, size - 8):
                raise _broken(path, "it does not begin with the length of its header")
            try:
                said = json.loads(file.read(length))
            except (ValueError, RecursionError) as error:
                raise _broken(path, "its header is no JSON") from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(said, dict):
        raise _broken(path, "its header is no mapping")
    start = 8 + length
    found = {
        name: _stored(path, name, entry, start)
        for name, entry in said.items()
        if name != "__metadata__"
    }
    _check_bytes(path, found, start, size)
    return found


def _stored(path: FilePath, name: str, entry: Any, start: int) -> Stored:
    try:
        dtype, size = DTYPES[entry["dtype"]]
        sizes = tuple(entry["shape"])
        begin, end = entry["data_offsets"]
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(path, f"its header does not say what `{name}` is") from error
    numbers = (*sizes, begin, end)
    if any(type(each) is not int or each < 0 for each in numbers):
        raise _broken(path, f"`{name}` has sizes that are none")
    if end - begin != size * prod(sizes):
        raise _broken(path, f"`{name}` has {end - begin:,} bytes, not {size * prod(sizes):,}")
    return Stored(dtype, sizes, start + begin, start + end)


def _check_bytes(path: FilePath, found: Mapping[str, Stored], start: int, size: int) -> None:
    """Tensors stand one behind the other, and fill the file."""
    ordered = sorted(found.values(), key=lambda each: (each.begin, each.end))
    edges = [start, *(edge for each in ordered for edge in (each.begin, each.end)), size]
    gaps = [after - before for before, after in list(pairwise(edges))[::2]]
    if any(gaps):
        short = size < max(edges)
        raise _broken(path, "it is not whole" if short else "its tensors do not fill it")


def _broken(path: FilePath, why: str) -> WeightsError:
    help = "load it again from where it came" if is_safetensors(path) else ""
    return WeightsError(Problem("NW701", f"{path} cannot be read: {why}", help=help))


def _unreadable(path: FilePath, error: Exception) -> WeightsError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, FileNotFoundError):
        return WeightsError(Problem("NW701", f"{path} is not there"))
    return WeightsError(Problem("NW701", f"{path} cannot be read: {reason}"))


def tensors(path: FilePath) -> Mapping[str, Tensor]:
    """The tensors of a file by name; those of a safetensors file are read when they are asked for.

    Raises WeightsError if it cannot be read, or holds anything but tensors.
    """
    return _Lazy(path, header(path)) if is_safetensors(path) else _pickled(path)


class _Lazy(Mapping[str, "Tensor"]):
    """The tensors of a safetensors file."""

    def __init__(self, path: FilePath, found: Mapping[str, Stored]) -> None:
        self._path, self.found = path, found

    def __getitem__(self, name: str) -> Tensor:
        import torch

        stored = self.found[name]
        dtype = getattr(torch, stored.dtype)
        if stored.begin == stored.end:
            return torch.empty(stored.sizes, dtype=dtype)
        with open(self._path, "rb") as file:
            file.seek(stored.begin)
            data = bytearray(file.read(stored.end - stored.begin))
        return torch.frombuffer(data, dtype=dtype).reshape(stored.sizes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def described(values: Mapping[str, Tensor]) -> dict[str, Stored]:
    """What tensors are, by name; of a file, nothing is read for it."""
    if isinstance(values, _Lazy):
        return dict(values.found)
    return {name: Stored(dtype_of(each), tuple(each.shape)) for name, each in values.items()}


def dtype_of(value: Tensor) -> str:
    """The name of its dtype."""
    return str(value.dtype).removeprefix("torch.")


def _pickled(path: FilePath) -> dict[str, Tensor]:
    """The tensors of a file that torch wrote. Only tensors are read from it: nothing in it is run."""
    import torch

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:
        why = (
            "it is no file of weights, or holds more than tensors, which would be run as a program"
        )
        raise _broken(path, why) from error
    return state(loaded, str(path))


def state(loaded: Any, name: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint: a dict of them, alone or under the usual key. Raises WeightsError."""
    import torch

    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            break
    if not isinstance(loaded, Mapping) or not all(
        isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in loaded.items()
    ):
        raise _broken(name, "it is no dict of tensors")
    return dict(loaded)
