"""How much memory a process has held."""

import resource
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_KIB: Final = 1024


def peak_mib() -> float:
    """Return the most memory that this process has held, MiB.

    Where the kernel says it, of this program alone: ``ru_maxrss`` goes on from the process that started it.
    """
    if _STATUS.exists():
        held = next((line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:")), None)
        if held is not None:
            return int(held.split()[1]) / _KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
