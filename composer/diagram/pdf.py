"""A drawing as PDF: vectors, and text in the bundled font, which is embedded.

Written here and not by a library: those that embed fonts take TrueType only, and what a drawing
needs of PDF is little. The same drawing gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from netwright.composer.diagram.drawing import (
    Drawing,
    Group,
    Polygon,
    Rectangle,
    Shape,
    Stroke,
    Text,
)
from netwright.composer.diagram.measure import Weight, legible, spelled, width
from netwright.composer.diagram.scene import Point
from netwright.composer.diagram.themes import AUTO, Theme, theme_of

_FONTS: dict[Weight, tuple[str, str]] = {
    "regular": ("F0", "Inter-Regular"),
    "semibold": ("F1", "Inter-SemiBold"),
}
# A quarter of a circle as a Bézier curve.
_ROUND = 0.5523


def to_pdf(drawing: Drawing, theme: str = AUTO) -> bytes:
    """A document of one page, as large as the drawing; a character that the font lacks is spelled."""
    content = "\n".join(_content(drawing, theme_of(theme))).encode("ascii")
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R "
            f"/MediaBox [0 0 {_number(drawing.width)} {_number(drawing.height)}] /Contents 4 0 R "
            "/Resources << /Font << /F0 6 0 R /F1 11 0 R >> >> >>"
        ).encode(),
        _stream("", content),
        (
            f"<< /Title {_string(drawing.title)} /Subject {_string(drawing.description)} "
            "/Creator (netwright) >>"
        ).encode(),
    ]
    for weight in _FONTS:
        objects += _font(weight, len(objects) + 1)
    out = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _content(drawing: Drawing, theme: Theme) -> Iterator[str]:
    # From here on y grows downwards, as in a drawing.
    yield f"1 0 0 -1 0 {_number(drawing.height)} cm"
    for item in drawing.shapes:
        for shape in item.shapes if isinstance(item, Group) else (item,):
            yield "q"
            yield from _shape(shape, theme)
            yield "Q"


def _shape(shape: Shape, theme: Theme) -> Iterator[str]:
    match shape:
        case Rectangle():
            if shape.fill:
                yield f"{_color(theme[shape.fill])} rg"
            if shape.line:
                yield f"{_color(theme[shape.line])} RG {_number(shape.thickness)} w"
                yield _dashed(shape.dashes)
            yield from _rectangle(shape)
            yield "B" if shape.fill and shape.line else "f" if shape.fill else "S"
        case Stroke():
            yield f"{_color(theme[shape.line])} RG {_number(shape.thickness)} w"
            yield _dashed(shape.dashes)
            start, *rest = shape.curve
            yield f"{_pair(start)} m"
            for a, b, c in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
                yield f"{_pair(a)} {_pair(b)} {_pair(c)} c"
            yield "S"
        case Polygon():
            first, *rest = shape.corners
            yield f"{_color(theme[shape.fill])} rg {_pair(first)} m"
            yield " ".join(f"{_pair(each)} l" for each in rest) + " f"
        case Text():
            style = shape.style
            text = spelled(shape.text)
            # Spelled characters are wider: then all are drawn narrower.
            drawn = width(text, style.size, style.weight)
            narrow = 100 if drawn <= shape.width else 100 * shape.width / drawn
            yield f"BT {_color(theme[style.tone])} rg"
            yield f"/{_FONTS[style.weight][0]} {_number(style.size)} Tf {_number(narrow)} Tz"
            yield f"1 0 0 -1 {_number(shape.x)} {_number(shape.y)} Tm"
            glyphs = _glyphs(style.weight)
            yield f"<{''.join(f'{glyphs[ord(each)]:04X}' for each in text)}> Tj ET"


def _rectangle(shape: Rectangle) -> Iterator[str]:
    left, top, right, bottom = shape.left, shape.top, shape.right, shape.bottom
    r = min(shape.radius, (right - left) / 2, (bottom - top) / 2)
    if not r:
        yield f"{_pair((left, top))} {_number(right - left)} {_number(bottom - top)} re"
        return
    k = r * (1 - _ROUND)
    yield f"{_pair((left + r, top))} m {_pair((right - r, top))} l"
    yield f"{_pair((right - k, top))} {_pair((right, top + k))} {_pair((right, top + r))} c"
    yield f"{_pair((right, bottom - r))} l"
    yield f"{_pair((right, bottom - k))} {_pair((right - k, bottom))} {_pair((right - r, bottom))} c"
    yield f"{_pair((left + r, bottom))} l"
    yield f"{_pair((left + k, bottom))} {_pair((left, bottom - k))} {_pair((left, bottom - r))} c"
    yield f"{_pair((left, top + r))} l"
    yield f"{_pair((left, top + k))} {_pair((left + k, top))} {_pair((left + r, top))} c h"


def _font(weight: Weight, number: int) -> list[bytes]:
    """The five objects of a font, of which the first has this number."""
    name = f"NETWRI+{_FONTS[weight][1]}"
    glyphs = _glyphs(weight)
    widths = " ".join(
        f"{glyph} [{round(width(chr(code), 1000, weight))}]" for code, glyph in glyphs.items()
    )
    shown = "\n".join(
        f"<{glyph:04X}> <{chr(code).encode('utf-16-be').hex().upper()}>"
        for code, glyph in glyphs.items()
    )
    # At most 100 lines may stand in a block of the map from glyphs to characters.
    lines = shown.split("\n")
    blocks = "\n".join(
        f"{len(part)} beginbfchar\n{chr(10).join(part)}\nendbfchar"
        for part in (lines[start : start + 100] for start in range(0, len(lines), 100))
    )
    to_unicode = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{blocks}\nendcmap\nend\nend"
    )
    return [
        (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
            f"/DescendantFonts [{number + 1} 0 R] /ToUnicode {number + 4} 0 R >>"
        ).encode(),
        (
            f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{name} /CIDSystemInfo "
            "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {number + 2} 0 R /DW 0 /W [{widths}] >>"
        ).encode(),
        (
            f"<< /Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [-800 -400 2800 1200] "
            "/ItalicAngle 0 /Ascent 969 /Descent -242 /CapHeight 727 "
            f"/StemV {80 if weight == 'regular' else 120} /FontFile3 {number + 3} 0 R >>"
        ).encode(),
        _stream("/Subtype /OpenType ", _file(weight)),
        _stream("", to_unicode.encode()),
    ]


@cache
def _file(weight: Weight) -> bytes:
    return files(__package__).joinpath(f"font/{_FONTS[weight][1]}.otf").read_bytes()


@cache
def _glyphs(weight: Weight) -> dict[int, int]:
    """Code of a character -> number of its glyph, from the font's table (`cmap`, format 4)."""
    data = _file(weight)
    tables = {
        data[at : at + 4]: struct.unpack_from(">I", data, at + 8)[0]
        for at in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16)
    }
    start = tables[b"cmap"]
    for at in range(start + 4, start + 4 + 8 * struct.unpack_from(">H", data, start + 2)[0], 8):
        table = start + struct.unpack_from(">I", data, at + 4)[0]
        if struct.unpack_from(">H", data, table)[0] == 4:
            break
    count = struct.unpack_from(">H", data, table + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, table + 14)
    starts = struct.unpack_from(f">{count}H", data, table + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}h", data, table + 16 + 4 * count)
    offsets_at = table + 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", data, offsets_at)
    found = {}
    for index in range(count):
        for code in range(starts[index], ends[index] + 1):
            glyph = code
            if offsets[index]:
                place = offsets_at + 2 * index + offsets[index] + 2 * (code - starts[index])
                glyph = struct.unpack_from(">H", data, place)[0]
                if not glyph:
                    continue
            glyph = (glyph + deltas[index]) & 0xFFFF
            if glyph:
                found[code] = glyph
    return found


def _stream(more: str, data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<< {more}/Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _string(text: str) -> str:
    """A text of the document's description; in hexadecimal, so that none can end it."""
    lines = "\n".join(legible(line) for line in text.split("\n"))
    return f"<FEFF{lines.encode('utf-16-be').hex().upper()}>"


def _color(text: str) -> str:
    return " ".join(_number(int(text[at : at + 2], 16) / 255, 4) for at in (1, 3, 5))


def _dashed(dashes: tuple[float, ...]) -> str:
    return f"[{' '.join(map(_number, dashes))}] 0 d" if dashes else "[] 0 d"


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if value else "0"
