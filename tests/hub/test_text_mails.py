"""Mails that go on in a contact, of a form too: what they name, and what is told of ours."""

from acd.contact import Channel
from crm_bridge.model import Delivery as Shown
from gateways.protocol import Delivery, Receipt
from hub.clock import now_ms
from hub.desktop.protocol import DeliveryShown
from tests.hub.doubles import SATO
from tests.hub.stage import Stage, command
from tests.hub.test_text_threads import mail


async def test_a_mail_that_answers_ours_goes_on_in_the_contact_of_a_form(stage: Stage) -> None:
    await stage.text.handle(mail("a", channel=Channel.TICKET))
    (contact,) = stage.board.all()
    (opened,) = stage.post.sent
    await stage.text.handle(mail("b", refs=(f"<{opened.key}>", "b"), subject="別の件名"))
    assert stage.board.all() == [contact]


async def test_a_report_of_non_delivery_is_told_of_an_answer_to_a_form(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(mail("a", channel=Channel.TICKET))
    contact = await stage.takes()
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m1", text="はい"))
    await stage.text.handle(
        Receipt(
            channel=Channel.EMAIL,
            event_id="bounce",
            address=contact.address or "",
            sent_as="<m1>",
            delivery=Delivery.FAILED,
            at_ms=now_ms(),
        )
    )
    shown = stage.screens.of(SATO, DeliveryShown)
    assert [(each.message, each.delivery) for each in shown] == [("m1", Shown.FAILED)]


async def test_an_answer_names_what_the_customer_wrote_last_after_all_before_it(stage: Stage) -> None:
    """His mailer names only the mail that he answers, not what we sent after that."""
    await stage.presence(SATO)
    began_ms = now_ms() - 60_000
    await stage.text.handle(mail("a", refs=("<a@x>",), at_ms=began_ms))
    contact = await stage.takes()
    for id_ in ("m1", "m2"):
        await stage.desk.command(SATO, command("send", contact=contact.id, message=id_, text="はい"))
    await stage.text.handle(
        mail("b", refs=("<a@x>", "<m1>", "<b@x>"), case=contact.case, at_ms=now_ms() + 1_000)
    )
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m3", text="では"))
    opened, *_, last = stage.post.sent
    named = [each for each in last.refs if each.startswith("<")]
    assert named == ["<a@x>", "<m1>", f"<{opened.key}>", "<m2>", "<b@x>"]
