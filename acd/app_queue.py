"""The words of `queues.conf`, all of which app_queue (Asterisk 22) knows.

Source: the strings of Asterisk 22's own `app_queue.so`; `queues.conf.sample` describes each.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GENERAL_KEYS: Final = _words("""
    autofill force_longest_waiting_caller log_membername_as_agent log_unpause_on_reason_change
    monitor-type negative_penalty_invalid persistentmembers shared_lastcall
""")

QUEUE_KEYS: Final = _words("""
    announce announce-frequency announce-holdtime announce-position announce-position-limit
    announce-position-only-up announce-round-seconds announce-to-first-user autofill autopause
    autopausebusy autopausedelay autopauseunavail context defaultrule joinempty leavewhenempty
    log-caller-id-name log-restricted-caller-id maxlen member memberdelay membergosub
    min-announce-frequency monitor-format monitor-type music musicclass musiconhold
    penaltymemberslimit periodic-announce periodic-announce-frequency periodic-announce-startdelay
    queue-callerannounce queue-callswaiting queue-holdtime queue-minute queue-minutes
    queue-quantity1 queue-quantity2 queue-reporthold queue-seconds queue-thankyou queue-thereare
    queue-youarenext random-periodic-announce relative-periodic-announce reportholdtime retry
    ringinuse servicelevel setinterfacevar setqueueentryvar setqueuevar strategy timeout
    timeoutpriority timeoutrestart weight wrapuptime
""")

STRATEGIES: Final = (
    "ringall",
    "leastrecent",
    "fewestcalls",
    "random",
    "rrmemory",
    "roundrobin",
    "rrordered",
    "linear",
    "wrandom",
)
