from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from console.tree import plan, up


class Command(BaseCommand):
    """Here for `manage.py help`; manage.py itself goes straight to `console.tree.up`, which starts faster."""

    help = "Start the whole console on this machine: engine, web, worker, beat. Ctrl-C stops it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="no simulated stations and time server")
        parser.add_argument("--stations", type=int, default=plan.Wishes.stations, help="how many simulated stations")

    def handle(self, *args: Any, **options: Any) -> None:
        words = ["--stations", str(options["stations"]), *(["--no-demo"] if options["no_demo"] else [])]
        raise SystemExit(up.main(words))
