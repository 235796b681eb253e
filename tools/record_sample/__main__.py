"""``python -m tools.record_sample``, or ``make record-sample``."""

import sys

from tools.record_sample.recording import main

sys.exit(main())
