"""One-time tokens as people type them."""

import asyncio
import unicodedata

from tests.crm_bridge.conftest import Crm

PAYLOAD = {"contact": "c1", "phone": "+81312345678", "行": [1, None]}
TTL_S = 600.0
NOW_MS = 1_000


async def issue(crm: Crm) -> str:
    return await crm.tokens.issue(PAYLOAD, TTL_S, NOW_MS)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


async def test_token_brings_its_payload_back_once(crm: Crm) -> None:
    token = await issue(crm)
    assert await crm.tokens.redeem(token, NOW_MS) == PAYLOAD
    assert await crm.tokens.redeem(token, NOW_MS) is None
    assert await crm.tokens.redeem(token, NOW_MS, by="e1") is None


async def test_same_event_gets_the_same_answer(crm: Crm) -> None:
    token = await issue(crm)
    assert await crm.tokens.redeem(token, NOW_MS, by="e1") == PAYLOAD
    assert await crm.tokens.redeem(token, NOW_MS + 900_000, by="e1") == PAYLOAD
    assert await crm.tokens.redeem(token, NOW_MS, by="e2") is None


async def test_token_expires(crm: Crm) -> None:
    token = await issue(crm)
    assert await crm.tokens.redeem(token, NOW_MS + 600_000) is None
    assert await crm.tokens.redeem(token, NOW_MS + 599_999) == PAYLOAD


async def test_form_is_short_and_readable(crm: Crm) -> None:
    token = await issue(crm)
    assert len(token) == 14
    assert not set(token) & set("ILOU")
    assert await issue(crm) != token


async def test_token_is_found_in_a_message(crm: Crm) -> None:
    for message in (
        "連携コード: {}",
        "連携コード：{}です。",
        "「{}」",
        "code {} please",
        "{}\n",
        "my number is 12345678901234 and the code is {}",
    ):
        assert await crm.tokens.redeem(message.format(await issue(crm)), NOW_MS) == PAYLOAD


async def test_any_dash_or_none(crm: Crm) -> None:
    for dash in ("", "-", " ", "ー", "－", "\u3000", "–"):
        token = (await issue(crm)).replace("-", dash)
        assert await crm.tokens.redeem(f"コード {token}", NOW_MS) == PAYLOAD


async def test_lower_case_full_width_and_look_alikes(crm: Crm) -> None:
    for typed in (str.lower, full_width, lambda token: full_width(token.lower())):
        assert await crm.tokens.redeem(typed(await issue(crm)), NOW_MS) == PAYLOAD
    for zero, one in (("O", "I"), ("o", "l"), ("Ｏ", "ｌ"), ("O", "L")):
        token = await issue(crm)
        assert await crm.tokens.redeem(token.replace("0", zero).replace("1", one), NOW_MS) == PAYLOAD


async def test_what_is_no_token_of_ours_is_nothing(crm: Crm) -> None:
    await issue(crm)
    for text in (
        "",
        "こんにちは",
        "7K2M-Q4XH-9RTB",
        "7K2M-Q4XH-9RT",
        "1234567890" * 2,
        "-" * 5000,
        "A " * 2500,
    ):
        assert await crm.tokens.redeem(text, NOW_MS) is None


async def test_token_with_one_sign_wrong_or_more_is_nothing(crm: Crm) -> None:
    token = await issue(crm)
    wrong = ("X" if token[0] != "X" else "Y") + token[1:]
    assert await crm.tokens.redeem(wrong, NOW_MS) is None
    assert await crm.tokens.redeem(f"{token}7", NOW_MS) is None
    assert await crm.tokens.redeem(f"7{token}", NOW_MS) is None
    assert await crm.tokens.redeem(token, NOW_MS) == PAYLOAD


async def test_twenty_who_bring_one_token_at_once_are_one(crm: Crm) -> None:
    token = await issue(crm)
    results = await asyncio.gather(*(crm.tokens.redeem(token, NOW_MS, by=f"e{n}") for n in range(20)))
    assert sum(result is not None for result in results) == 1


async def test_database_does_not_know_the_token(crm: Crm) -> None:
    token = await issue(crm)
    async with crm.engine.connect() as connection:
        rows = [tuple(row) for row in await connection.exec_driver_sql("SELECT * FROM link_token")]
    folded = unicodedata.normalize("NFKC", repr(rows)).upper()
    assert token not in folded
    assert token.replace("-", "") not in folded
