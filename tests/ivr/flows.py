"""Flows for tests: written as an administrator would, read by the loader."""

from pathlib import Path
from textwrap import dedent

from ivr.flow import Flow
from ivr.load import load

QUEUES = ("support", "sales")

MENUS = """
    [numbers]
    _. => main
    _0501234567X => english-line,en
    0311112222 => hours

    [main]
    timeout = 5
    digit_timeout = 2
    retries = 1
    prompt[ja] => メニュー
    prompt[en] => Menu
    invalid[ja] => 無効
    invalid[en] => Invalid
    key => 1,queue,support,priority=5,skill=billing:7,skill=english:3
    key => 2,menu,more
    key => 3,deflect,line,queue=support,sent=sent,failed=failed
    key => 4,say,hours
    key => 5,menu,account
    key => 6,deflect,sms
    key => 7,hangup
    key => 8,language,en
    key => 0,queue,sales
    key => *,back
    key => #,repeat
    on_timeout => queue,support
    on_invalid => say,goodbye

    [english-line](main)

    [more]
    retries = 0
    barge_in = no
    prompt[ja] => つぎ
    prompt[en] => More
    key => 1,menu,main
    key => 2,menu,account
    key => 3,say,intro
    key => *,back
    on_timeout => back

    [intro]
    type = message
    prompt[ja] => では
    prompt[en] => Now
    then => menu,third

    [third]
    prompt[ja] => 三
    prompt[en] => Third
    key => *,back
    on_timeout => queue,support

    [account]
    type = digits
    length = 4-6
    prompt[ja] => 番号
    prompt[en] => Number
    then => queue,sales
    on_timeout => queue,support

    [hours]
    type = message
    prompt[ja] => 九時から
    prompt[en] => From nine
    then => say,closing

    [closing]
    type = message
    prompt => file:jingle
    then => menu,main

    [goodbye]
    type = message
    prompt[ja] => さようなら
    prompt[en] => Goodbye
    then => hangup

    [sent]
    type = message
    prompt[ja] => 送信済み
    prompt[en] => Sent
    then => hangup

    [failed]
    type = message
    prompt[ja] => 失敗
    prompt[en] => en:Failed
    then => queue,support
"""


def write(folder: Path, text: str, name: str = "ivr.conf") -> Path:
    path = folder / name
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def flow_of(folder: Path, text: str = MENUS) -> Flow:
    write(folder, text)
    return load(folder, QUEUES)
