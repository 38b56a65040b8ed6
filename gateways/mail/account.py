"""The mailboxes that an administrator sets up: `mail.conf`, and their passwords in the environment."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from acd.contact import Channel
from gateways.account import Account, Surroundings
from gateways.errors import AccountsWrong
from gateways.mail.gateway import MailGateway
from gateways.mail.mailboxes import Mailbox, examine_mail
from gateways.mail.spool import Spool


class MailAccount(Account):
    """`mail.conf` of the configuration folder.

    Large mails lie in `mail/` of the hub's data folder for a while.
    """

    channel: ClassVar[Channel] = Channel.EMAIL

    data_dir: Path = Field(Path("~/.local/share/toritsugi"), description="a folder that the hub may write")

    @property
    def is_set_up(self) -> bool:
        return True

    def build(self, around: Surroundings) -> MailGateway | None:
        """Make the gateway; None if there is no mailbox. Raises `AccountsWrong`."""

        def read() -> Sequence[Mailbox]:
            boxes, problems = examine_mail(around.config_dir, os.environ)
            if problems:
                raise AccountsWrong(problems)
            return boxes

        boxes = read()
        if not boxes:
            return None
        spool = Spool(self.data_dir.expanduser().absolute() / "mail")
        return MailGateway(boxes, secret=around.secret, spool=spool, files=around.files, read=read)
