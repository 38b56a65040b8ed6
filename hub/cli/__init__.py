"""The command line: `toritsugi`."""

from hub.cli.main import app

__all__ = ["app"]
