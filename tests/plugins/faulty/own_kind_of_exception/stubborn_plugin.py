"""Raises what derives from BaseException, and whose text cannot be had."""


class Stubborn(BaseException):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


raise Stubborn  # <- fault
