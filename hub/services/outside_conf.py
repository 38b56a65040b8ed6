"""Calls to numbers outside without the hub: `trunks.conf` as dialplan, which `extensions.conf` includes."""

import re
from collections.abc import Iterator, Sequence

from hub.trunks_conf import NumberForm, Trunk, Withholding
from ivr.dialplan import Pattern

FILE_NAME = "extensions_outside.conf"

_HEAD = """; Rendered from trunks.conf, do not edit. [outside] tries the trunks in order; 184 hides ours.

[outside]
exten => _184X.,1,Set(__TORITSUGI_WITHHOLD=yes)
 same => n,Goto(${CONTEXT},${EXTEN:3},1)
exten => _186X.,1,Goto(${CONTEXT},${EXTEN:3},1)

exten => _[+0-9*#]!,1,Set(NUMBER=${FILTER(+0-9*#,${EXTEN})})
 same => n,Set(NUMBER=${IF($["${NUMBER:0:3}" = "+81"]?0${NUMBER:3}:${NUMBER})})
 same => n,Set(NUMBER=${IF($["${NUMBER:0:1}" = "+"]?010${NUMBER:1}:${NUMBER})})
"""
_TAIL = """ same => n(end),GotoIf($["${DIALSTATUS}" = "ANSWER"]?over)
 same => n,GotoIf($["${TORITSUGI_REFERRED}" = "yes"]?fallback,s,1)
 same => n(over),Hangup(${HANGUPCAUSE})

; To which numbers a phone may send its caller (REFER): those that a trunk carries.
[outside-numbers]
"""
_REFERRED = """exten => {pattern},1,Set(__TORITSUGI_REFERRED=yes)
 same => n,Set(TIMEOUT(absolute)=0)
 same => n,Goto(outside,${{FILTER(+0-9,${{EXTEN}})}},1)
"""
_ANY_NUMBER = ("_+X!", "_XXX!")
"""Numbers from other countries, and any that is no extension of two digits."""
_INTERNATIONAL = '${IF($["${NUMBER:0:3}" = "010"]?${NUMBER:3}:81${NUMBER:1})}'


def render_outside(trunks: Sequence[Trunk]) -> str:
    """Return the text of `extensions_outside.conf`. Numbers are Japanese: 0 before them, 010 abroad."""
    trunks = [trunk for trunk in trunks if trunk.is_outgoing]
    lines = [line for at, trunk in enumerate(trunks) for line in _steps(at, trunk)]
    count = len(trunks)
    last = f" same => n(t{count}),NoOp()"
    numbers = "".join(_REFERRED.format(pattern=each) for each in _patterns(trunks))
    return _HEAD + "".join(f"{line}\n" for line in (*lines, last)) + _TAIL + numbers


def _patterns(trunks: Sequence[Trunk]) -> list[str]:
    """Return the extensions that stand for the numbers that some trunk carries."""
    if not all(trunk.numbers for trunk in trunks):
        return list(_ANY_NUMBER)
    carried = (pattern for trunk in trunks for pattern in trunk.numbers)
    return list(dict.fromkeys([*_ANY_NUMBER[:1], *map(_extension, carried)])) if trunks else []


def _steps(at: int, trunk: Trunk) -> Iterator[str]:
    """Yield the steps of one trunk, from the label `tN` to the jump to the next."""
    following = f"t{at + 1}"
    test = "|".join(_expression(pattern) for pattern in trunk.numbers)
    yield f" same => n(t{at}),NoOp({trunk.name})"
    if test:
        yield f' same => n,GotoIf($[${{REGEX("^({test})$" ${{NUMBER}})}} = 0]?{following})'
    if trunk.caller_id:
        yield f" same => n,Set(CALLERID(num)={trunk.caller_id})"
    user = _user(trunk.form)
    if trunk.withholding is Withholding.PREFIX:
        user = f'${{IF($["${{TORITSUGI_WITHHOLD}}" = "yes"]?184${{NUMBER}}:{user})}}'
    else:
        yield ' same => n,Set(CALLERID(pres)=${IF($["${TORITSUGI_WITHHOLD}" = "yes"]?prohib:allowed)})'
    yield f" same => n,Dial(PJSIP/{user}@{trunk.name},60)"
    # 1, 21, 22, 28 of Q.850: the number is at fault, another trunk would say the same
    is_trunk_s = '${REGEX("^(CHANUNAVAIL|CONGESTION)$" ${DIALSTATUS})}'
    is_number_s = '${REGEX("^(1|21|22|28)$" ${HANGUPCAUSE})}'
    failed = f"$[{is_trunk_s} & {is_number_s} = 0]"
    yield f" same => n,GotoIf({failed}?{following}:end)"


def _user(form: NumberForm) -> str:
    match form:
        case NumberForm.NATIONAL:
            return "${NUMBER}"
        case NumberForm.E164:
            return "+" + _INTERNATIONAL
        case NumberForm.DIGITS:
            return _INTERNATIONAL


def _extension(pattern: Pattern) -> str:
    """Return a pattern as an extension of the dialplan."""
    places = "".join(f"[{''.join(sorted(place))}]" for place in pattern.places)
    return f"_{places}{pattern.rest}"


def _expression(pattern: Pattern) -> str:
    """Return a pattern as a regular expression."""
    places = "".join(f"[{''.join(sorted(map(re.escape, place)))}]" for place in pattern.places)
    return places + {"": "", ".": ".+", "!": ".*"}[pattern.rest]
