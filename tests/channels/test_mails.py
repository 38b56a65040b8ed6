"""What mail and forms have of their own: threads, case numbers, reports of non-delivery."""

import imaplib
import re
import ssl
from email import message_from_bytes

import pytest

from tests.channels.customers import FormCustomer, MailCustomer
from tests.channels.site import Site
from tests.gateways.support import until
from tests.support.dovecot import PASSWORD, USER

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_KINDS = pytest.mark.parametrize("kind", [MailCustomer, FormCustomer])


@_KINDS
async def test_answers_stand_in_the_customer_s_thread(site: Site, kind: type[MailCustomer]) -> None:
    customer, sato, seen = kind(site), site.floor.sato, site.floor.sato.seen
    await customer.writes("荷物の件です")
    _, contact = await sato.takes(customer.address, seen)
    case, id_ = contact["case"], contact["id"]
    assert re.fullmatch(r"T-\w{4}-\w{2}", case)
    opened = await customer.gets(case)
    told_by = "auto-replied" if kind is MailCustomer else "auto-generated"
    assert (opened.raw["Auto-Submitted"], opened.raw["To"]) == (told_by, customer.address)

    await sato.says(id_, "一通目の返事")
    first = await customer.gets("一通目の返事")
    assert f"[{case}]" in first.raw["Subject"]
    assert ("support@example.jp" in first.raw["From"], first.raw["Auto-Submitted"]) == (True, None)
    seen = sato.seen
    await customer.writes("件名を変えました", Subject="別の件名")
    said = await sato.hears(id_, "件名を変えました", seen)
    assert said["subject"] == "別の件名"
    await sato.says(id_, "二通目の返事")
    second = await customer.gets("二通目の返事")
    asked = message_from_bytes(customer.last)["Message-ID"]
    assert second.raw["In-Reply-To"].strip() == asked
    named = second.raw["References"].split()
    assert (named[-1], {opened.sent_as, first.sent_as} <= set(named)) == (asked, True)
    await sato.closes(id_)
    closed = await customer.gets("終了しました")
    assert closed.raw["Auto-Submitted"] == "auto-replied"
    mine = {each.sent_as for each in customer.got()}
    await until(lambda: sorted(mine & set(_sent(site))) == sorted(mine), 20)
    assert sorted(each for each in _sent(site) if each in mine) == sorted(mine)


def _sent(site: Site) -> list[str]:
    """Return the ids of the mails in our folder of sent ones."""
    context = ssl.create_default_context(cafile=str(site.certificates.ca_file))
    with imaplib.IMAP4_SSL("127.0.0.1", site.dovecot.tls_port, ssl_context=context) as imap:
        imap.login(USER, PASSWORD)
        imap.select("Sent", readonly=True)
        _, (found,) = imap.search(None, "ALL")
        _, heads = imap.fetch(found.decode().replace(" ", ","), "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    return [each[1].decode().partition(":")[2].strip() for each in heads if isinstance(each, tuple)]


@_KINDS
async def test_a_mail_that_comes_back_is_shown_as_failed(site: Site, kind: type[MailCustomer]) -> None:
    customer, sato, seen = kind(site, "bounces-later"), site.floor.sato, site.floor.sato.seen
    await customer.writes("届きますか")
    _, contact = await sato.takes(customer.address, seen)
    message = await sato.says(contact["id"], "届かない返事")
    await sato.sees(message, "failed")
    assert sato.deliveries(message) == ["sent", "failed"]
    await sato.closes(contact["id"])


@_KINDS
async def test_two_threads_of_one_customer_are_two_contacts(site: Site, kind: type[MailCustomer]) -> None:
    customer, sato, seen = kind(site), site.floor.sato, site.floor.sato.seen
    await customer.writes("一つ目の件")
    _, one = await sato.takes(customer.address, seen)
    await customer.gets(one["case"])
    seen = sato.seen
    await customer.begins("二つ目の件")
    _, two = await sato.takes(customer.address, seen)
    assert one["case"] != two["case"]
    seen = sato.seen
    await customer.writes("これは一つ目の続き", Subject=f"[{one['case']}] 続き")
    await sato.hears(one["id"], "これは一つ目の続き", seen)
    await sato.closes(one["id"])
    await sato.closes(two["id"])
