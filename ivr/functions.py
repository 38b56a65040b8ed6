"""The administrator's own Python: functions in files of a folder beside `ivr.conf`, read but not yet run.

`orders.price` is the function `price` of `ivr-hooks/orders.py`. A flow keeps the code as it was when the
flow was read; `ivr.python_hooks` runs it.
"""

import ast
import re
from pathlib import Path
from types import CodeType

FOLDER_NAME = "ivr-hooks"
_NAME = re.compile(r"([A-Za-z_]\w*)\.([A-Za-z_]\w*)")


class Functions:
    """Finds functions by their names, and keeps the code of the files in which they are (`code`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.code: dict[str, CodeType] = {}
        self._defined: dict[str, set[str]] = {}

    def find(self, name: str) -> None:
        """Make sure that there is such a function; raises `ValueError` with what was expected."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"expected FILE.FUNCTION, as in orders.price, found {name}")
        file, function = match.groups()
        if file not in self.code:
            self._read(file)
        if function not in self._defined[file]:
            raise ValueError(f"expected a function {function} in {self._path(file)}, there is none")

    def _path(self, file: str) -> Path:
        return self._folder / f"{file}.py"

    def _read(self, file: str) -> None:
        path = self._path(file)
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
            code = compile(tree, str(path), "exec")
        except SyntaxError as error:
            raise ValueError(f"expected Python: {path}:{error.lineno}: {error.msg}") from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "no text"
            raise ValueError(f"expected the file {path}: {why}") from None
        self.code[file] = code
        self._defined[file] = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
