"""Help in the order of use: which commands belong together, and an example of each."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

__all__ = ["EXAMPLES", "GroupedCommands"]

_TABLES = "mentors.csv mentees.csv --scheme scheme.yaml"

EXAMPLES = {
    "Start": {
        "init": "rmmatch init scheme-2026 --demo",
        "desk": "rmmatch desk scheme-2026",
        "status": "rmmatch status scheme-2026",
        "import": "rmmatch import mentors.csv mentees.csv --out survey",
        "template": "rmmatch template my-scheme",
        "validate": f"rmmatch validate {_TABLES}",
        "demo": "rmmatch demo",
    },
    "Pair": {
        "match": f"rmmatch match {_TABLES} --out result",
        "check": "rmmatch check result/run.json",
    },
    "Look": {
        "explain": "rmmatch explain result/run.json --mentee E003",
        "shortlist": f"rmmatch shortlist {_TABLES} --count 3",
        "alternatives": "rmmatch alternatives result/run.json --count 3",
        "confidence": "rmmatch confidence result/run.json --draws 200",
        "rule-prices": "rmmatch rule-prices result/run.json",
    },
    "Change": {
        "what-if": "rmmatch what-if result/run.json --pin E003,M016",
        "report": "rmmatch report result/run.json mentors.csv mentees.csv --review review.html",
        "review": 'rmmatch review result/run.json --lock E003,M016 --by "Ann Lee"',
        "match-again": 'rmmatch match-again result/run.json --out second --by "Ann Lee"',
        "adopt": f"rmmatch adopt result/pairs.csv {_TABLES} --out by-hand",
        "approve": 'rmmatch approve result/run.json --by "Ann Lee"',
        "rematch": "rmmatch rematch result/run.json --withdrawn M016 --out again",
        "reserves": "rmmatch reserves result/run.json --count 2",
    },
    "Send": {
        "letters": "rmmatch letters result/run.json mentors.csv mentees.csv --out letters",
    },
    "Keep": {
        "carry-over": "rmmatch carry-over again/run.json mentors.csv mentees.csv --out next-year",
        "anonymise": "rmmatch anonymise again/run.json",
        "delete-data": "rmmatch delete-data scheme-2026 --yes",
    },
    "Research": {
        "compare": f"rmmatch compare {_TABLES}",
        "schema": "rmmatch schema",
    },
}
"""By group and command; run one after another in a folder with the tables, they all work."""


class GroupedCommands(TyperGroup):
    """The commands in groups, in the order of use, each with an example.

    Plain text, which is the same in every terminal and for a screen reader. The types of click are
    not named: some versions of typer bring a click of their own.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of use.

        Parameters
        ----------
        ctx : Context
        """
        ordered = [name for examples in EXAMPLES.values() for name in examples]
        return [*ordered, *(name for name in self.commands if name not in ordered)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command with its example under its help.

        Parameters
        ----------
        ctx : Context
        cmd_name : str
        """
        command = super().get_command(ctx, cmd_name)
        example = next(
            (by_name[cmd_name] for by_name in EXAMPLES.values() if cmd_name in by_name), ""
        )
        if command is not None and example:
            command.epilog = f"Example:\n\n\b\n  {example}"
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands of each group under its name.

        Parameters
        ----------
        ctx : Context
        formatter : HelpFormatter
        """
        for group, examples in EXAMPLES.items():
            commands = [(name, self.get_command(ctx, name)) for name in examples]
            rows = [(name, command.get_short_help_str(80)) for name, command in commands if command]
            with formatter.section(group):
                formatter.write_dl(rows, col_max=16, col_spacing=2)
