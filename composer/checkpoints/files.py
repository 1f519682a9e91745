"""Files of weights: their tensors by name. Of a safetensors file nothing is read but what is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from netwright.specs.problems import Problem, WeightsError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Stored:
    """What a tensor of a file is: torch's name of its dtype, and its sizes."""

    dtype: str
    sizes: tuple[int, ...]


FilePath: TypeAlias = "str | os.PathLike[str]"


def is_safetensors(path: FilePath) -> bool:
    """Whether the file bears the ending."""
    return Path(path).suffix == ".safetensors"


def _broken(path: FilePath, why: str) -> WeightsError:
    help = "load it again from where it came" if is_safetensors(path) else ""
    return WeightsError(Problem("NW701", f"{path} cannot be read: {why}", help=help))


def _unreadable(path: FilePath, error: Exception) -> WeightsError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, FileNotFoundError):
        return WeightsError(Problem("NW701", f"{path} is not there"))
    return WeightsError(Problem("NW701", f"{path} cannot be read: {reason}"))


def tensors(path: FilePath) -> Mapping[str, Tensor]:
    """The tensors of a file by name; those of a safetensors file are mapped, and read when they are used.

    Raises WeightsError if it cannot be read, or holds anything but tensors.
    """
    return _Mapped(path) if is_safetensors(path) else _pickled(path)


class _Mapped(Mapping[str, "Tensor"]):
    """The tensors of a safetensors file, mapped into memory."""

    def __init__(self, path: FilePath) -> None:
        from safetensors import SafetensorError, safe_open

        self._path, self._broken = path, SafetensorError
        try:
            with open(path, "rb"):  # what it says of a file that is none is clearer
                pass
            self._file: Any = safe_open(path, framework="pt")
        except SafetensorError as error:
            raise self._not_whole(error) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise _unreadable(path, error) from error

    def _not_whole(self, error: Exception) -> WeightsError:
        why = str(error).removeprefix("Error while deserializing header: ")
        return _broken(self._path, f"it is no safetensors file, or not a whole one ({why})")

    def __getitem__(self, name: str) -> Tensor:
        try:
            found: Tensor = self._file.get_tensor(name)
        except self._broken as error:
            raise _broken(self._path, f"`{name}`: {error}") from error
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._file.offset_keys())

    def __len__(self) -> int:
        return len(self._file.keys())


def described(values: Mapping[str, Tensor]) -> dict[str, Stored]:
    """What tensors are, by name; of those of a safetensors file, nothing is read for it."""
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
