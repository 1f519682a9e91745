"""Bytes of a file, and the text in them."""

from __future__ import annotations

import errno
import os
import stat

from netwright.specs.limits import MAX_BYTES
from netwright.specs.problems import Place, Problem, Source, SpecError, suggest
from netwright.specs.rendering import escape

# Names of a folder that are looked at for a suggestion.
_NEAR = 500

_UTF_16_AND_32 = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def read_bytes(path: str) -> bytes:
    """What a file contains.

    Raises:
        SpecError: if it cannot be read, is not a regular file, or is larger than MAX_BYTES.
    """
    try:
        status = os.stat(path)
        _check_kind(path, status)
        with open(path, "rb") as file:
            # The file may have grown since it was measured.
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError(_not_found(path)) from error
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            reason = "permission denied"
        elif isinstance(error, IsADirectoryError):
            reason = "it is a folder"
        else:
            reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(
            Problem("NW001", f"{_quoted(path)} cannot be read: {reason}", notes=_tried(path))
        ) from error
    if len(data) > MAX_BYTES:
        raise SpecError(too_large(path, len(data)))
    return data


def _check_kind(path: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder", path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is not a regular file", path)
    if status.st_size > MAX_BYTES:
        raise SpecError(too_large(path, status.st_size))


def _quoted(path: str) -> str:
    return f"`{escape(path[:200])}{'…' if len(path) > 200 else ''}`"


def _tried(path: str) -> tuple[str, ...]:
    try:
        return (f"tried {os.path.abspath(path)[:500]}",)
    except (OSError, ValueError):
        return ()


def _not_found(path: str) -> Problem:
    folder, name = os.path.split(path)
    names: list[str] = []
    try:
        with os.scandir(folder or ".") as found:
            for entry, _ in zip(found, range(_NEAR), strict=False):
                names.append(entry.name)
    except OSError:
        notes = (*_tried(path), f"there is no folder {_quoted(folder)}")
        return Problem("NW001", f"{_quoted(path)} is not there", notes=notes)
    near = suggest(name, sorted(names))
    if near is None:
        stem = os.path.splitext(name)[0]
        same = [other for other in sorted(names) if os.path.splitext(other)[0] == stem]
        near = same[0] if same else None
    meant = "" if near is None else f"did you mean {_quoted(os.path.join(folder, near))}?"
    return Problem("NW001", f"{_quoted(path)} is not there", notes=_tried(path), help=meant)


def too_large(name: str, size: int) -> Problem:
    """The problem of a document of so many bytes."""
    return Problem(
        "NW401",
        f"the document is too large: {size:,} bytes",
        Place(Source(name, ""), 1, 1),
        notes=(f"at most {MAX_BYTES:,} bytes are read",),
    )


def decoded(data: bytes, name: str) -> str:
    """The text in the bytes, which must be UTF-8; a UTF-8 byte order mark is allowed.

    Raises:
        SpecError: naming the encoding that it seems to be, and the first byte that does not fit.
    """
    for mark, encoding in _UTF_16_AND_32.items():
        if data.startswith(mark):
            raise SpecError(_not_utf8(Source(name, ""), 1, 1, 0, encoding))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", "replace")
        # The line is shown as Latin-1 would have it: most often that is what was meant.
        source = Source(name, good + data[error.start : error.start + 200].decode("latin-1"))
        lines = good.split("\n")
        guess = "UTF-16" if b"\x00" in data[:200] else "Latin-1 or Windows-1252"
        problem = _not_utf8(source, len(lines), len(lines[-1]) + 1, error.start, guess)
        raise SpecError(problem) from error


def _not_utf8(source: Source, line: int, column: int, offset: int, encoding: str) -> Problem:
    return Problem(
        "NW002",
        f"the file is not UTF-8: it seems to be {encoding}",
        Place(source, line, column),
        notes=(f"byte {offset:,} does not fit",),
        help="save it again as UTF-8",
    )
