"""Fill the placeholders of configuration files: `@NAME@`, which clashes with nothing Asterisk writes."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from hub.services.errors import RenderError

_PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")
_MARK = "; Rendered, do not edit: the original is "


def render(source: Path, target: Path, values: Mapping[str, str], *, leave_out: frozenset[str]) -> list[str]:
    """Render every `*.conf` of `source` into `target` and return the names of those that changed.

    Files of an earlier rendering whose original is gone are removed; other files stay. The copies
    hold secrets and are readable by their owner only.
    """
    originals = {path.name: path for path in sorted(source.glob("*.conf")) if path.name not in leave_out}
    if not originals:
        raise RenderError(f"{source} holds no configuration files", "TORITSUGI_CONFIG_DIR names the folder")
    rendered = {name: f"{_MARK}{path}\n\n{_filled(path, values)}" for name, path in originals.items()}
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    changed = _remove_stale(target, rendered.keys())
    for name, text in rendered.items():
        if write_private(target / name, text):
            changed.append(name)
    return sorted(changed)


def write_private(path: Path, text: str) -> bool:
    """Replace a file in one step, readable by its owner only; return whether its content is new."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return True


def _filled(path: Path, values: Mapping[str, str]) -> str:
    lines: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        for name in _PLACEHOLDER.findall(line):
            if name not in values:
                known = ", ".join(sorted(values))
                raise RenderError(f"{path}:{number}: @{name}@ is not known; expected one of {known}")
        lines.append(_PLACEHOLDER.sub(lambda match: values[match[1]], line))
    return "\n".join(lines) + "\n"


def _remove_stale(target: Path, kept: Collection[str]) -> list[str]:
    removed: list[str] = []
    for path in target.glob("*.conf"):
        if path.name not in kept and path.read_text(encoding="utf-8").startswith(_MARK):
            path.unlink()
            removed.append(path.name)
    return removed
