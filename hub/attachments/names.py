"""File names that others chose, made harmless: for disks, for headers, for the eye."""

import re
import unicodedata

NAME_MAX = 120
BYTES_MAX = 200
"""File systems take 255 bytes; some of them are left for who saves it twice."""

_EXECUTABLE = """
    ade adp apk app application appref-ms appx bash bat chm cmd com command cpl csh dll dmg exe gadget hta inf
    ins iso jar js jse jsp lnk mjs msc msi msix msp mst ocx pif pl ps1 psm1 py pyw rb reg rpm scf scr sct
    settingcontent-ms sh swf sys url vb vbe vbs vhd vhdx wasm ws wsc wsf wsh xll docm dotm xlsm xltm xlam pptm
    potm ppsm ppam
"""
EXECUTABLE = frozenset(_EXECUTABLE.split())
"""What a system runs when it is opened, whatever is in it."""

_WINDOWS = {"con", "prn", "aux", "nul"} | {f"{each}{n}" for each in ("com", "lpt") for n in range(10)}
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SPACES = re.compile(r"\s+")
_PATHS = re.compile(r"[/\\]")


def clean(name: str) -> str:
    """Return a name without path, control characters and writing direction, of bounded length."""
    last = _PATHS.split(unicodedata.normalize("NFC", name))[-1]
    seen = "".join(each if unicodedata.category(each)[0] not in "CZ" else _blank(each) for each in last)
    plain = _FORBIDDEN.sub("_", _SPACES.sub(" ", seen)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if (stem or ending).partition(".")[0].casefold() in _WINDOWS:
        plain = f"_{plain}"
        stem = f"_{stem}" if dot else stem
    return _short(stem, dot + ending) if dot and len(ending) <= 10 else _short(plain, "") or "file"


def ending(name: str) -> str:
    """Return a name's extension in small letters, without its dot; empty without one."""
    stem, _, found = name.rpartition(".")
    return found.casefold() if stem else ""


def with_ending(name: str, endings: tuple[str, ...]) -> str:
    """Return a name whose extension says what is in it: one of these, the first if it has another."""
    if ending(name) in endings:
        return name
    return _short(name, f".{endings[0]}")


def _blank(character: str) -> str:
    """Return a space for a space, and nothing for what is not seen."""
    return " " if unicodedata.category(character).startswith("Z") or character in "\t\r\n" else ""


def _short(stem: str, rest: str) -> str:
    while len(stem) + len(rest) > NAME_MAX or len((stem + rest).encode()) > BYTES_MAX:
        stem = stem[:-1]
    return (stem.rstrip(" .") + rest) if rest else stem
