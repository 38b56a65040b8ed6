"""The spoken corpus of `bench.speech`: sentences with labels, speakers, a telephone line, and what was heard.

`frozen_*.txt` were written before any phrase or rule of the matcher and are never used for tuning;
`dev_intents.txt` is for that.
"""
