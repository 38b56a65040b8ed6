"""Who calls, as a trunk's header says it: one value in a form that is known, or nobody."""

import pytest

from crm_bridge.identifiers import IdentifierKind, LinkedBy
from cti.errors import NodeUnavailable
from hub.stated_identity import StatedIdentity, read_stated
from hub.trunks_conf import StatedBy, Trunk
from tests.hub.stage import NUMBER, SUPPORT, Stage

USER = "U" + "0123456789abcdef" * 2
LINE = StatedIdentity(IdentifierKind.LINE, USER)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], ""),
        ([USER], LINE),
        ([f" {USER} "], LINE),
        ([f"<sip:{USER}@line.example>"], LINE),
        ([f'"山田" <sip:{USER}@line.example;user=x>;party=calling'], LINE),
        ([f"line:{USER}"], LINE),
        ([USER, USER], "several"),
        ([f"{USER}, {USER[::-1]}"], "malformed"),
        (["anonymous"], "withheld"),
        (["<sip:anonymous@anonymous.invalid>"], "withheld"),
        (["P"], "withheld"),
        ([USER.upper()], "malformed"),
        ([USER[:-1]], "malformed"),
        (["U" + "g" * 32], "malformed"),
        ([USER + "\x00"], "malformed"),
        (["<" * 4000], "malformed"),
        (["+819011112222"], "malformed"),
    ],
)
def test_a_line_user(values: list[str], found: StatedIdentity | str) -> None:
    assert read_stated(IdentifierKind.LINE, values) == found


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (IdentifierKind.SOCIAL, "shop:1:2", "shop:1:2"),
        (IdentifierKind.EMAIL, "Hanako@Example.jp", "hanako@example.jp"),
    ],
)
def test_others(kind: IdentifierKind, value: str, found: str) -> None:
    assert read_stated(kind, [value]) == StatedIdentity(kind, found)


@pytest.fixture
def line_call(stage: Stage) -> Stage:
    """The hub, with a trunk whose word counts."""
    by = StatedBy(IdentifierKind.LINE, "X-LINE-User")
    stage.calls.callbacks.trunks.go_by([Trunk(name="carrier", stated_by=by)])
    return stage


async def test_a_caller_is_the_customer_of_his_line_thread(line_call: Stage) -> None:
    stage = line_call
    his = await stage.crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    stage.control.stated = (USER,)
    contact = await stage.arrives()
    assert stage.live(contact).customer == his.id
    assert stage.control.orders("headers") == [(contact, "X-LINE-User")]


async def test_a_line_user_who_has_never_written_is_known_when_he_does(line_call: Stage) -> None:
    stage = line_call
    stage.control.stated = (USER,)
    contact = await stage.arrives(None)
    assert stage.live(contact).customer is None
    assert await stage.journal.flush(5)
    known = await stage.crm.customers.identify(IdentifierKind.LINE, USER)
    stored = await stage.crm.contacts.get(contact)
    assert known is not None
    assert stored is not None
    assert stored.customer == known.customer.id


async def test_what_another_trunk_s_call_says_is_not_looked_at(stage: Stage) -> None:
    await stage.crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    stage.control.stated = (USER,)
    contact = await stage.arrives(None)
    assert stage.live(contact).customer is None
    assert stage.control.orders("headers") == []


async def test_a_header_that_cannot_be_read_makes_a_stranger(line_call: Stage) -> None:
    stage = line_call
    stage.control.fails["headers"] = NodeUnavailable("no link")
    stage.control.stated = (USER,)
    contact = await stage.arrives(None)
    assert stage.live(contact).queue == SUPPORT
    assert stage.live(contact).customer is None
