"""Grows valid specs at random, says what must hold of each, and breaks them in ways that must be refused.

`make generate COUNT=10000 SEED=0 JOBS=2` tries many; a spec that fails is made small and shown as YAML.
Blocks, settings and initialisers come from the catalogue: a new block takes part by itself, and each has its
turn in some few hundred seeds that follow one another (`census.wishes`). What a spec means is computed by
`meaning`, from the file alone. `--planted all` looks for the wrong rules of `tests/planted`.

Choices come from a seeded `random.Random`, not from hypothesis. Tried with `strategies.randoms`, growing took
five times as long; a seed by its number says which blocks have their turn and is all that need be told of a
failure; and a choice left out shifts those after it, so that what is grown then is another spec, where
`shrinking` takes the spec itself apart and keeps what still fails.
"""
