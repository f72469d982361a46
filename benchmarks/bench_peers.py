"""rmmatch beside other tools on an equal cohort, each a whole process in its own environment.

    python benchmarks/bench_peers.py [SIZE ...] [--peer NAME ...] [--limit 300]

Every tool reads the same csv files (`cohorts`) and does what it can with them (`peer_*.py`):
mentor-match pairs everybody by the same scores and rules; mentormatch by its own columns and
order of wishes; matching and algmatch find stable matchings, matched goes round by round, all
three from preference lists, and building the lists from the same scores (with numpy) is part of
their time. Environments are made once, in the temp folder. A tool that takes longer than the
limit is stopped and told; one that cannot be installed is left out with the reason. `rm.check`
counts the broken rules of every pairing and adds up the scores of the pairs that break none.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cohorts
from measuring import RESULTS, measure, report

import rmmatch as rm

CACHE = Path(tempfile.gettempdir()) / "rmmatch-peers"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A package of PyPI: what to install, up to which size it ends in reason, Python it needs."""

    requirement: str
    largest: int
    what: str
    python: tuple[int, int] = (3, 10)

    @property
    def name(self) -> str:
        return self.requirement.split("==")[0]

    @property
    def script(self) -> Path:
        return HERE / f"peer_{self.name.replace('-', '_')}.py"


PEERS = (
    Peer("mentor-match==7.0.1", 2_000, "whole pairing, same scores"),
    Peer("mentormatch==1.1", 500, "whole pairing, own criteria"),
    Peer("matching==1.4.3", 1_000, "stable, from lists"),
    Peer("algmatch==1.5.2", 1_000, "stable, from lists"),
    Peer("matched==2026.7.1", 1_000, "rounds, from lists", (3, 13)),
)


def environment(peer: Peer) -> tuple[str, str]:
    """Return the Python of a peer's environment, or the reason why there is none."""
    folder = CACHE / peer.requirement.replace("==", "-")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "installed"
    if done.exists():
        return str(python), ""
    base = _python(peer.python)
    if not base:
        return "", "needs Python {}.{} or later, and none was found".format(*peer.python)
    shutil.rmtree(folder, ignore_errors=True)
    install = [str(python), "-m", "pip", "install", "-q", peer.requirement, "numpy", "pandas"]
    for command in ([base, "-m", "venv", str(folder)], install):
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=600)
        except subprocess.TimeoutExpired:
            return "", "could not be installed in ten minutes"
        if run.returncode:
            said = run.stderr.strip().splitlines() or ["no reason given"]
            return "", f"could not be installed: {said[-1]}"
    done.touch()
    return str(python), ""


def _python(least: tuple[int, int]) -> str:
    """Return a Python that is recent enough; pyenv's are looked for as well."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    known = [shutil.which(f"python3.{minor}") or "" for minor in range(least[1], least[1] + 4)]
    known += [str(path) for path in sorted(root.glob("versions/3.*/bin/python"))]
    code = f"import sys, venv; sys.exit(sys.version_info < {least})"
    for python in [sys.executable, *filter(None, known)]:
        if not subprocess.run([python, "-c", code], capture_output=True).returncode:
            return python
    return ""


def main(size: int, peers: list[Peer], args: argparse.Namespace) -> None:
    reasons: dict[str, str] = {}
    commands: dict[str, list[str]] = {}
    labels = {"rmmatch": "rmmatch"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cohorts.write(folder, size, objective="[pairs, total]")
        commands["rmmatch"] = [sys.executable, str(HERE / "pipelines.py"), name, "rmmatch"]
        for peer in peers:
            if size > (args.largest or peer.largest):
                reasons[peer.name] = f"takes too long above {args.largest or peer.largest:,}"
                continue
            python, reasons[peer.name] = environment(peer)
            if python:
                labels[peer.name] = f"{peer.name}, {peer.what}"
                commands[labels[peer.name]] = [python, str(peer.script), name]
        measured = measure(
            commands, rounds=args.rounds, warm_up=False, limit=args.limit, core=args.core
        )
        scheme = rm.Scheme.from_file(folder / "scheme.yaml")
        cohort = rm.read_cohort(folder / "mentors.csv", folder / "mentees.csv")
        quality = {
            way: _quality(cohort, scheme, folder / f"{way}.csv")
            for way, label in labels.items()
            if not measured[label].trouble
        }
    lines = [f"{size:,} × {size:,}; total: of the pairs that break no rule"]
    for way, (n_pairs, total, n_broken) in quality.items():
        lines.append(f"  {way:<16}{n_pairs:>6} pairs{total:>12.3f} total{n_broken:>6} rules broken")
    lines += [f"  {way}: not run, {reason}" for way, reason in reasons.items() if reason]
    report(
        f"peers_{size}",
        measured,
        "rmmatch",
        "\n".join(lines),
        out=args.out,
        versions={peer.name: peer.requirement.split("==")[1] for peer in peers},
        quality={
            way: dict(zip(("pairs", "total", "broken"), one, strict=True))
            for way, one in quality.items()
        },
        not_run={way: reason for way, reason in reasons.items() if reason},
    )


def _quality(cohort: rm.Cohort, scheme: rm.Scheme, path: Path) -> tuple[int, float, int]:
    """Return the pairs listed, the total of those that break no rule, and the rules broken."""
    findings = rm.check(cohort, scheme, path)
    return len(path.read_text().split()) - 1, findings.objective["total"], len(findings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    parser.add_argument("--peer", action="append", choices=[peer.name for peer in PEERS])
    parser.add_argument("--limit", type=float, default=300, help="seconds a run")
    parser.add_argument("--largest", type=int, help="for every peer, in place of its own")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    chosen = [peer for peer in PEERS if given.peer is None or peer.name in given.peer]
    for each in given.sizes or [100, 500, 1_000]:
        main(each, chosen, given)
