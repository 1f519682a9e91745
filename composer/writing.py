"""Writing files: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from netwright.specs.problems import Problem, RenderError


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Put the content in the file, old or new but never a mix. Raises RenderError if it cannot be written."""
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise RenderError(
            Problem("NW601", f"cannot write {target}: {error.strerror or error}")
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
