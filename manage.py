#!/usr/bin/env python3
"""Everything one can tell an installation from the command line. `up` goes its own way: it starts in a blink because
it does not load Django before the first process runs."""

import sys


def main() -> None:
    from console import starting

    if sys.argv[1:2] == ["up"]:
        from console.tree import up

        sys.exit(up.main(sys.argv[2:]))
    starting.read_settings()
    from django.core.management import execute_from_command_line

    with starting.in_one_line():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
