"""Themes: which colour each role of a diagram has, on a screen, in the dark, and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from netwright.composer.diagram.palette import HUES, Hue

Theme: TypeAlias = Mapping[str, str]
"""Role -> colour, as `#rrggbb`."""

_SOFT_LIGHT: dict[Hue, tuple[str, str]] = {
    "blue": ("#e6effa", "#4676ad"),
    "green": ("#e6f3e8", "#4d8a5a"),
    "amber": ("#fbf1dc", "#a5771f"),
    "red": ("#fbe9e6", "#b4604f"),
    "violet": ("#eeeaf8", "#7661a8"),
    "teal": ("#e0f2f1", "#3f837f"),
    "rose": ("#fae8f0", "#ad5f83"),
    "slate": ("#eceff2", "#717d8a"),
}
_SOFT_DARK: dict[Hue, tuple[str, str]] = {
    "blue": ("#17283d", "#6a9cd6"),
    "green": ("#16291c", "#6fb380"),
    "amber": ("#302712", "#c99f4b"),
    "red": ("#361f1b", "#d98a79"),
    "violet": ("#262040", "#a391d9"),
    "teal": ("#122b2a", "#66b3ae"),
    "rose": ("#351d2a", "#d68aae"),
    "slate": ("#21262d", "#7d8894"),
}
# On paper: white and greys, so that what differs only in its hue differs by its band.
_SOFT_PRINT: dict[Hue, tuple[str, str]] = {
    **dict.fromkeys(HUES, ("#ffffff", "#333333")),
    "slate": ("#f0f0f0", "#777777"),
}


def _theme(hues: dict[Hue, tuple[str, str]], **roles: str) -> Theme:
    found = {role.replace("_", "-"): color for role, color in roles.items()}
    for name, (fill, line) in hues.items():
        found[f"fill-{name}"] = fill
        found[f"line-{name}"] = line
    return MappingProxyType(found)


LIGHT = _theme(
    _SOFT_LIGHT,
    paper="#ffffff",
    ink="#1b1f24",
    text="#424a53",
    soft="#5d666f",
    flow="#57606a",
    skip="#2060a8",
    tie="#946310",
    lit="#d1242f",
    added="#1a7f37",
    removed="#cf222e",
    changed="#9a6700",
    fill_composite="#f6f8fa",
    line_composite="#57606a",
    fill_terminal="#ffffff",
    line_terminal="#1b1f24",
    fill_port="#ffffff",
    line_port="#8c959f",
    fill_frame_0="#fafbfc",
    fill_frame_1="#f3f5f8",
    fill_frame_2="#ebeff3",
    line_frame="#a5aeb8",
    heat_0="#fff7ec",
    heat_1="#fddbb0",
    heat_2="#fdb97d",
    heat_3="#f78f57",
    heat_4="#e2643b",
)
DARK = _theme(
    _SOFT_DARK,
    paper="#0d1117",
    ink="#e6edf3",
    text="#c3ccd5",
    soft="#a9b4be",
    flow="#8b949e",
    skip="#6cb0ff",
    tie="#d8a54a",
    lit="#ff7b72",
    added="#56d364",
    removed="#ff7b72",
    changed="#e3b341",
    fill_composite="#161b22",
    line_composite="#8b949e",
    fill_terminal="#0d1117",
    line_terminal="#e6edf3",
    fill_port="#0d1117",
    line_port="#7d8590",
    fill_frame_0="#11161d",
    fill_frame_1="#161b22",
    fill_frame_2="#1b2129",
    line_frame="#484f58",
    heat_0="#241c17",
    heat_1="#43291b",
    heat_2="#66371c",
    heat_3="#8a451d",
    heat_4="#a04d1e",
)
PRINT = _theme(
    _SOFT_PRINT,
    paper="#ffffff",
    ink="#000000",
    text="#1a1a1a",
    soft="#333333",
    flow="#222222",
    skip="#222222",
    tie="#222222",
    lit="#000000",
    added="#000000",
    removed="#000000",
    changed="#000000",
    fill_composite="#ffffff",
    line_composite="#333333",
    fill_terminal="#ffffff",
    line_terminal="#000000",
    fill_port="#ffffff",
    line_port="#333333",
    fill_frame_0="#ffffff",
    fill_frame_1="#ffffff",
    fill_frame_2="#ffffff",
    line_frame="#777777",
    heat_0="#ffffff",
    heat_1="#e6e6e6",
    heat_2="#cccccc",
    heat_3="#b0b0b0",
    heat_4="#969696",
)

THEMES: Mapping[str, Theme] = MappingProxyType({"light": LIGHT, "dark": DARK, "print": PRINT})
AUTO = "auto"
"""The light theme; in an SVG, the dark one where whoever looks prefers that."""
HEATS = 5


def theme_of(name: str) -> Theme:
    """The theme of this name; of AUTO, the light one."""
    return LIGHT if name == AUTO else THEMES[name]
