"""``python -m rmmatch`` is the command ``rmmatch``, wherever scripts are installed."""

import sys

from rmmatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
