"""Which channels there are."""

from acd.contact import Channel
from gateways.registry import LineAccount, SmsAccount, build_gateways


async def test_only_what_is_set_up_is_there() -> None:
    assert build_gateways() == {}
    gateways = build_gateways(
        line=LineAccount("secret", "token", "http://127.0.0.1:1"),
        sms=SmsAccount("http://127.0.0.1:1", "token"),
    )
    assert set(gateways) == {Channel.LINE, Channel.SMS}
    for channel, gateway in gateways.items():
        assert gateway.channel is channel
        await gateway.close()


def test_accounts_do_not_show_their_secrets() -> None:
    shown = f"{LineAccount('SECRET', 'TOKEN')} {SmsAccount('http://127.0.0.1:1', 'TOKEN')}"
    assert "SECRET" not in shown
    assert "TOKEN" not in shown
