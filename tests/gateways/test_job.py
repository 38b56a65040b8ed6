"""What becomes of a job."""

from hypothesis import given
from hypothesis import strategies as st

from gateways.job import Done, Failed, Job, JobState, Postponed, RetryPolicy, settle

POLICY = RetryPolicy(first_s=1.0, longest_s=60.0, tries_max=5)


def _job(attempts: int, refused: int = 0) -> Job[str]:
    return Job(seq=7, payload="", attempts=attempts, refused=refused)


def test_done_is_final() -> None:
    settlement = settle(_job(1), Done(), POLICY, now_ms=1000, jitter=0.0)
    assert (settlement.state, settlement.due_at_ms) == (JobState.DONE, 0)


def test_back_off_doubles_up_to_the_longest() -> None:
    delays = [POLICY.delay_s(attempts, 0.0) for attempts in range(1, 9)]
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert POLICY.delay_s(10_000, 0.0) == 60


@given(st.integers(1, 100), st.floats(0, 1))
def test_jitter_takes_at_most_half(attempts: int, jitter: float) -> None:
    whole = POLICY.delay_s(attempts, 0.0)
    assert whole / 2 <= POLICY.delay_s(attempts, jitter) <= whole


def test_the_provider_may_ask_for_more_patience_but_not_for_less() -> None:
    asked = settle(_job(1), Failed("", retry_after_s=30), POLICY, now_ms=1000, jitter=0.0)
    assert asked.due_at_ms == 31_000
    own = settle(_job(4), Failed("", retry_after_s=1), POLICY, now_ms=1000, jitter=0.0)
    assert own.due_at_ms == 9000


def test_the_last_try_and_a_final_refusal_end_dead() -> None:
    assert settle(_job(4), Failed("x"), POLICY, now_ms=0, jitter=0.0).state is JobState.WAITING
    assert settle(_job(5), Failed("x"), POLICY, now_ms=0, jitter=0.0).state is JobState.DEAD
    final = settle(_job(1), Failed("no", retryable=False), POLICY, now_ms=0, jitter=0.0)
    assert (final.state, final.reason) == (JobState.DEAD, "no")


def test_postponing_is_no_attempt() -> None:
    settlement = settle(_job(1), Postponed(2.0), POLICY, now_ms=1000, jitter=0.5)
    assert (settlement.state, settlement.attempts, settlement.due_at_ms) == (JobState.WAITING, 0, 3000)


def test_doubt_comes_from_tries_without_a_clear_end() -> None:
    assert not _job(1).in_doubt
    assert _job(2).in_doubt  # the first try was killed before anything was written
    refused = settle(_job(1), Failed("429", in_doubt=False), POLICY, now_ms=0, jitter=0.0)
    assert not _job(refused.attempts + 1, refused.refused).in_doubt
    unknown = settle(_job(1), Failed("timeout", in_doubt=True), POLICY, now_ms=0, jitter=0.0)
    assert _job(unknown.attempts + 1, unknown.refused).in_doubt
    later = settle(_job(2, 0), Failed("429", in_doubt=False), POLICY, now_ms=0, jitter=0.0)
    assert _job(later.attempts + 1, later.refused).in_doubt  # doubt does not go away
