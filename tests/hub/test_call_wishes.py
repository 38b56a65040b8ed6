"""Who asks to be called, and who does not, in many words."""

import pytest

from hub.texting.call_wishes import asks_for_call

WANTS = """
電話してください
電話して下さい。
お電話ください
お電話をお願いします
電話お願いします！
電話ほしいです
電話が欲しいのですが
電話希望です
電話して
電話してね
電話してほしい
電話をかけてください
電話かけて
電話をかけてほしいです
電話をもらえますか
電話もらえませんか？
電話をいただけますか
お電話いただけないでしょうか
お電話いただけますでしょうか
電話してもらえない？
電話してくれませんか
電話してくれない？
お電話いただけると助かります
電話もらえると嬉しいです
お電話いただきたいです
電話で話したいです
電話でお話したいのですが
電話で話せますか
電話でお話できますか？
折り返しお願いします
折り返し電話ください
折返しお電話をお願いいたします
折り返しのご連絡をお願いします
折り返しください
電話での連絡を希望します
でんわください
ＴＥＬください
携帯電話に電話ください
至急電話ください
明日の午後に電話をください
返事がないので電話ください
わからないことがあるのでお電話ください
メールではなく電話でお願いします
メールは使えません。電話してください
つながらないので、折り返しお願いします
遠慮なくお電話ください
お電話をお待ちしています。電話してください
Call me
call me!
Please call me
Please call me back.
Could you call me back?
Can you phone me please
call me at 090-1234-5678
Call me on +81 90 1234 5678
Please give me a call
give me a ring
Could you give me a quick call?
I'd like a callback
I would like a call back please
callback please
Callback
Can you call back?
Please request a callback for me
Please ring me tomorrow
I need you to call me
Don't email me, call me
Please do not write but call me
It does not work, please call me
It does not work please call me
I can't log in so call me
Please don't hesitate to call me
Don’t forget to call me
Why don't you call me?
Can't you call me?
Won't you please call me back?
Can we talk on the phone?
I want to speak to someone over the phone
Feel free to call me
Somebody please call me ASAP
call us back
すみません、電話いただけますか
お電話にてご連絡ください
電話にてお願いします
電話くださいませ
電話もらえれば幸いです
お電話お願いできませんか
電話をお願いしたいです
話したいので電話ください
pls call me
Can someone call me?
I would appreciate it if you could call me
call me on my mobile
Need a callback today
I am not happy. Call me now.
I haven't received my order can you call me
"""

WANTS_NOT = """
電話してこないでください
電話で話したくないです
電話しないでください
電話はしないでください
電話をしないで下さい
電話をかけないでください
電話をかけてこないでください
お電話はご遠慮ください
電話は控えてください
電話しないでほしいです
電話してほしくないです
電話はほしくない
電話は欲しくありません
電話をしてほしくありません
電話は不要です
折り返しは不要です
折り返しの電話は要りません
折り返しの電話はいりません
電話はいらないです
電話しなくていいです
電話してもらわなくて大丈夫です
電話をかけてもらう必要はありません
折り返しの必要はありません
電話する必要ないです
電話はやめてください
電話をかけるのはやめてほしい
電話は困ります
電話してこられると迷惑です
電話はNGでお願いします
電話は無理なのでメールでお願いします
電話での連絡はお断りします
電話ではなくメールでお願いします
電話じゃなくてメールください
電話以外でお願いします
電話で話せません
電話では話せないのでメールください
電話に出られません
電話を希望しません
電話お願いしません
電話はお願いしていません
電話がほしいわけではありません
電話してくださいとは言っていません
電話くださいと言われました
電話してくださいと書いてありました
電話が苦手です。メールでお願いします
電話は結構です
電話は嫌です
電話してもいいですか
電話していいですか？
電話してもつながりません
電話してみます
電話してみました
電話しています
これから電話します
先日電話した山田です
電話で話した件ですが
先ほどはお電話くださいましてありがとうございます
電話番号を教えて
電話番号を教えてください
新しい電話が欲しい
固定電話がほしいです
電話をいただけませんでした
電話をもらえなかった
電話してください。いや、やっぱり電話しないでください
今日はもう電話しないで
二度と電話しないでください
絶対に電話してこないで
折り返さなくていいです
折り返しはしないでください
無断で電話をかけてくるのはやめて
電話してくるな
もう電話してくんな
電話はかけないでくれますか
電話しないでもらえますか
電話しないでいただけますか
電話しないでくれませんか
電話対応してもらえなくて残念でした
Please don't call me
Please don’t call me
please dont call me
Do not call me
Don't call me, please
Don't ever call me again
do not try to call me
I don't want you to call me
You don't need to call me
You do not have to call me back
No need to call me
no need to call me back
No callback needed
no callback please
Callback not needed
A callback is not necessary
I do not want a callback
I don't need a call back
Please never call me
Stop calling me
Please stop, do not ring me
Nobody should call me
I'd rather you didn't call me
I would prefer that you not call me
Please email instead of trying to call me
I can't have you call me at work
Please don't give me a call
Don't phone me at home
Call me not
Not by phone please
I don't want to talk on the phone
I'd rather not speak on the phone
Please reply without calling. Do not call me
Don't call me until tomorrow
Do not call me before 5pm
Call me. No, don't call me!
If you call me again I will complain
Did you call me?
Who tried to call me today
Someone tried to call me this morning
I was told to call back
You said you would call me back
Nobody called me back
I will call back later
I'll call you back
My friends call me Ken
Call me Taro
You can call me Ken
They call me crazy
What is your phone number?
Why did nobody call me back
Let me call you
電話するな
電話をかけないようにお願いします
お電話をお願いした件です
電話をお願いしていたのに来ません
電話希望しましたがまだです
電話が欲しいとは思いません
電話がほしいと思わない
電話をお願いするつもりはありません
電話をください、とは言っていません
電話は、しないでください
電話もらえると思っていた
Can you not call me
Could you please not call me
Can you please stop calling me
Please do not, under any circumstances, call me
It's rude to call me at night
You have no right to call me
It is too late to call me
Is it necessary to call me?
Do not text me or call me
"""


@pytest.mark.parametrize("text", WANTS.strip().splitlines())
def test_who_wants_a_call(text: str) -> None:
    assert asks_for_call(text)


@pytest.mark.parametrize("text", WANTS_NOT.strip().splitlines())
def test_who_wants_none(text: str) -> None:
    assert not asks_for_call(text)


def test_a_long_text_may_only_speak_of_a_call() -> None:
    assert not asks_for_call("電話してください。" * 8)
