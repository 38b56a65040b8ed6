"""What a process has used so far, as proc(5) tells."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_s(pid: int | None) -> float:
    """Return the processor time of a process in seconds; raises `OSError` where there is none."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime and stime


def memory_mib(pid: int | None) -> float:
    """Return the memory of a process that is in RAM; raises as `cpu_s`."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MIB
