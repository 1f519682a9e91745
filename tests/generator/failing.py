"""How it is said that something does not hold."""

from __future__ import annotations


class Failure(Exception):
    """What does not hold: the stage, and how."""

    def __init__(self, stage: str, said: str) -> None:
        super().__init__(f"{stage}: {said}")
        self.stage, self.said = stage, said


def said(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
