"""Raises a text of two thousand lines with colours in it."""

lines = "\n".join("\x1b[31mline %d of what went wrong" % number for number in range(2000))
raise RuntimeError(lines)  # <- fault
