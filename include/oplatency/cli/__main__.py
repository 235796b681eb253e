"""``python -m oplatency.cli``."""

from oplatency.cli import main

main()
