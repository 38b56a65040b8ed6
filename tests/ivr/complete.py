"""A flow with every kind of section, walked with answers of the world that a test says."""

from ivr import walk
from ivr.conditions import Fact
from ivr.flow import Flow
from ivr.position import Ask, Input
from ivr.world import FindOut, Found

FLOW = """
    [general]
    everywhere => 0,queue,support
    everywhere => *,back
    everywhere => #,repeat

    [numbers]
    _. => arrival
    0311110000 => order

    [arrival]
    type = decide
    set => shop,東京
    if => closed support,menu,closed
    if => not known and withheld,say,sorry
    if => tag vip,queue,support,priority=100
    if => wait support > 300,menu,offer
    if => language en,queue,sales
    if => caller _090XXXXXXXX,menu,order
    else => menu,main

    [closed]
    prompt[ja] => 時間外
    prompt[en] => Closed
    key => 1,voicemail,support
    on_timeout => hangup

    [sorry]
    type = message
    prompt[ja] => {shop}です。番号を通知しておかけ直しください。
    prompt[en] => Please show your number.
    then => hangup

    [offer]
    prompt[ja] => 折り返しは1
    prompt[en] => Callback 1
    key => 1,callback,support,priority=2,failed=main
    on_timeout => queue,support

    [main]
    prompt[ja] => メニュー
    prompt[en] => Menu
    key => 1,menu,pin
    key => 2,queue,sales
    key => 3,hook,status
    key => 4,transfer,03-1234-5678
    key => 5,menu,free
    key => 6,form,details
    say[ja] => 2,ご購入|買いたい
    say[en] => 2,sales|buy
    intent => billing,queue,support,priority=3
    label[ja] => billing,料金のお問い合わせ
    label[en] => billing,billing
    on_timeout => queue,support

    [order]
    type = digits
    length = 5-8
    check = luhn
    retries = 2
    invalid[ja] => 違います
    invalid[en] => Wrong
    prompt[ja] => 注文番号
    prompt[en] => Order number
    confirm[ja] => {order|digits}ですね
    confirm[en] => {order|digits}?
    then => decide,ordered
    on_timeout => queue,support

    [ordered]
    type = decide
    if => order = 79927398713,hangup
    if => order > 50000,queue,sales
    else => queue,support

    [free]
    type = digits
    length = 1
    hidden = yes
    check = python:shop.is_even
    terminator = none
    prompt => file:free
    then => queue,sales
    on_timeout => queue,support

    [pin]
    type = pin
    retries = 1
    invalid[ja] => 違います
    invalid[en] => Wrong
    prompt[ja] => 暗証番号
    prompt[en] => PIN
    then => queue,sales,priority=9
    on_refused => queue,support
    on_timeout => queue,support

    [birth]
    type = birth
    prompt[ja] => 生年月日
    prompt[en] => Birth
    then => decide,ordered
    on_refused => queue,support
    on_timeout => queue,support

    [status]
    type = web
    url = https://orders.example/status
    timeout = 8
    send = order,caller
    return = state,eta
    prompt[ja] => 少々お待ちください
    prompt[en] => One moment
    waiting[ja] => お調べしています
    waiting[en] => Still looking
    header => Authorization,Bearer {env:TORITSUGI_HOOK_ORDERS}
    answer => paid,say,told
    then => queue,sales
    on_failure => menu,birth

    [details]
    type = form
    slot => number,number,length=4,check=luhn
    slot => day,date,future,optional
    slot => name,name
    prompt[ja] => いくつかお伺いします
    prompt[en] => A few questions
    ask[ja] => number,番号は
    ask[en] => number,Number
    ask[ja] => day,ご希望日は
    ask[en] => day,Which day
    ask[ja] => name,お名前は
    ask[en] => name,Name
    then => decide,dated
    on_failure => queue,support

    [dated]
    type = decide
    if => given day,queue,sales
    else => queue,support

    [told]
    type = message
    prompt[ja] => {eta|date}に届きます
    prompt[en] => It comes {eta|date}
    then => hangup
"""

SHOP = """
def is_even(digits: str) -> bool:
    return int(digits) % 2 == 0
"""

Facts = dict[Fact, bool | float | None]


def walked(
    flow: Flow,
    *inputs: Input,
    facts: Facts | None = None,
    caller: str = "0312349999",
    dialled: str = "0399999999",
    language: str | None = None,
) -> list[walk.Step]:
    """Walk as the inputs say; what the world knows is always answered."""
    steps = [walk.begin(flow, caller=caller, dialled=dialled, language=language)]
    waiting = list(inputs)
    while True:
        match steps[-1].then:
            case Ask(FindOut()):
                given: Input = Found(facts or {})
            case _ if not waiting:
                return steps
            case _:
                given = waiting.pop(0)
        steps.append(walk.step(flow, steps[-1].position, given))


def said(step: walk.Step) -> str:
    return " ".join(prompt.text or prompt.name for prompt in step.prompts)


def outcome(step: walk.Step) -> walk.Outcome:
    assert isinstance(step.then, walk.Outcome)
    return step.then
