"""Run ``python ARGUMENTS`` and tell on standard error the peak memory, in MB, of the largest of its processes."""

from __future__ import annotations

import resource
import subprocess
import sys

code = subprocess.run([sys.executable, *sys.argv[1:]], check=False).returncode
sys.stderr.write(f"\n{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}\n")
sys.exit(code)
