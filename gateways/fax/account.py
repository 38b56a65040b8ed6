"""The fax lines that an administrator sets up: `fax.conf`."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.errors import AccountsWrong
from gateways.fax.conf import examine_fax
from gateways.fax.gateway import FaxGateway
from gateways.fax.spool import Spool


class FaxAccount(Account):
    """`fax.conf` of the configuration folder. Faxes lie in `fax_dir` until they were taken in."""

    channel: ClassVar[Channel] = Channel.FAX

    fax_dir: Path | None = Field(None, description="the folder fax of Asterisk's spool")
    recording_dir: Path = Field(
        Path("/var/spool/asterisk/recording"), description="Asterisk's recording folder"
    )
    data_dir: Path = Field(Path("~/.local/share/toritsugi"), description="a folder that the hub may write")
    node: str = Field("local", description="the name of the Asterisk node")
    region: str = Field("JP", pattern=r"^[A-Z]{2}$", description="two capital letters (ISO 3166), as in JP")

    @property
    def is_set_up(self) -> bool:
        return True

    def build(self, around: Surroundings) -> FaxGateway | None:
        """Make the gateway; None if there is no line. Raises `AccountsWrong`."""
        lines, problems = examine_fax(around.config_dir)
        if problems:
            raise AccountsWrong(problems)
        if not lines:
            return None
        folder = self.fax_dir or self.recording_dir.with_name("fax")
        return FaxGateway(
            lines,
            Spool(folder.expanduser().absolute()),
            around.files,
            self.data_dir.expanduser().absolute() / "fax",
            node=self.node,
            region=self.region,
        )
