"""Everything that can go wrong in menus and prompts."""

from collections.abc import Sequence

from acd.dialect import Problem


class IvrError(Exception):
    """Root of this package's errors. `retryable`: the same request may succeed later."""

    retryable = False


class FlowError(IvrError):
    """`ivr.conf` does not describe a flow; `problems` name file, line and what was expected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = list(problems)


class HookFailed(IvrError):
    """Another program was asked and failed; the message says how, and nothing of what it was told."""

    retryable = True


class RecordingMissing(IvrError):
    """The flow asks for a recording that is not there or is no usable WAV file."""


class SynthesisError(IvrError):
    """A text could not be read aloud."""


class SynthesisUnavailable(SynthesisError):
    """An engine is not installed; the message says what to install."""


class SynthesisFailed(SynthesisError):
    """An engine made nothing of a text, died or took too long."""

    retryable = True
