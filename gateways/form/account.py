"""Whether forms are taken; which, says forms.conf."""

from collections.abc import Mapping
from typing import ClassVar

import structlog
from pydantic import Field

from acd.contact import Channel
from gateways.account import Proxied, Surroundings
from gateways.errors import AccountsWrong
from gateways.form.conf import Form, examine_forms
from gateways.form.gateway import FormGateway

log = structlog.get_logger()


class FormAccount(Proxied):
    """`TORITSUGI_FORMS=yes` (docs/social.md tells more of forms); proxies are those of the chat."""

    channel: ClassVar[Channel] = Channel.TICKET

    forms: bool = Field(False, description="yes to take the forms of forms.conf, or no")

    @property
    def is_set_up(self) -> bool:
        return self.forms

    def build(self, around: Surroundings) -> FormGateway:
        """Make the gateway. While the file has a mistake no form is taken; `config check` names it."""
        forms, problems = examine_forms(around.config_dir)
        for problem in problems:
            log.error("forms.wrong", problem=str(problem))

        def read() -> Mapping[str, Form]:
            again, wrong = examine_forms(around.config_dir)
            if wrong:
                raise AccountsWrong(wrong)
            return again

        return FormGateway({} if problems else forms, around.secret, read=read, proxies=self.proxies)
