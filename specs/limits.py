"""How large a document may be. What is larger is refused before memory is spent on it."""

#: Bytes of a document.
MAX_BYTES = 10_000_000
#: Mappings and sequences inside one another.
MAX_DEPTH = 100
#: Characters of one value or key.
MAX_TEXT = 100_000
#: Values of a document.
MAX_VALUES = 500_000
