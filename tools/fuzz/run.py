"""Does anything that comes from outside crash, hang or fill the memory of what reads it?

Each case is one of a small corpus, damaged as its seed and number say. Cases run in child processes with a
limit of memory, some thousands in each. A case is a finding if it ends its process, raises anything but an
error for the user (or one that does not name the file), takes more than 1 s of processor time, or raises the
peak of memory by more than 256 MiB. `.mat` files are read by a child of that child, as in the program.

    python -m tools.fuzz.run --aim --json fuzz.json            # 100,000 cases of wire, bundle, toml and csv …
    python -m tools.fuzz.run --aim --json fuzz.json --resume   # … from where it stopped
    python -m tools.fuzz.run --target xdf --case 1234          # one case again, with what it raises
    python -m tools.fuzz.run --replay tests/tools/corpus/*     # cases that were found before
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from tools.fuzz.mutate import case
from tools.fuzz.targets import TARGETS, Target, target

from hnhar.model.errors import HnharError

AIM: Final = {
    "wire": 25_000, "bundle": 25_000, "toml": 25_000, "csv": 25_000, "checkpoint": 10_000, "xdf": 10_000,
    "mat": 1_000, "page": 10_000, "websocket": 5_000, "phone": 25_000, "video": 5_000,
}  # fmt: skip
"""Cases of a full campaign."""
SLOW: Final = 1.0
"""s of processor time that no case may take."""
HANG: Final = 120.0
"""s without any progress after which a child is killed: where it is busy elsewhere, it is found by `SLOW`."""
MEMORY: Final = 256 << 20
"""bytes by which no case may raise the peak."""
ROOM: Final = 1 << 30
"""bytes of address space that a child gets beyond what it has when it begins."""
GROUP: Final = 20
"""Cases that are given at once to a reader that takes several."""
BATCH: Final = 2_500
"""Cases of one child."""


@dataclass(slots=True)
class Tally:
    """Outcomes of the cases of one target so far."""

    cases: int = 0
    accepted: int = 0
    refused: int = 0
    deaths: int = 0
    """Cases that ended the child of the reader of .mat files, as they may."""
    seconds: float = 0.0
    slowest: float = 0.0
    """s of processor time of one case."""
    raised: int = 0
    """bytes by which the peak of memory was raised at most."""
    findings: list[dict[str, Any]] = field(default_factory=list)


def run_case(one: Target, data: bytes) -> tuple[str, str]:
    """Outcome of a case ("accepted", "refused", "crash", "memory" or "unnamed"), and its text."""
    try:
        one.read(data)
    except HnharError as error:
        link: BaseException | None = error
        while link is not None:
            if isinstance(link, MemoryError):
                return "memory", f"{error}"
            link = link.__cause__ or link.__context__
        return ("refused" if one.name in str(error) else "unnamed"), str(error)
    except MemoryError:
        return "memory", traceback.format_exc(limit=-3)
    except Exception:
        return "crash", traceback.format_exc(limit=-3)
    return "accepted", ""


def child(name: str, seed: int, start: int, stop: int, mark: Path) -> None:
    """Run cases; the number of the one at work is in `mark`, what came of them goes to standard output."""
    one = target(name)
    for data in one.corpus:
        run_case(one, data)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    counts: Counter[str] = Counter()
    base = peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    slowest, number = 0.0, start
    handle = os.open(mark, os.O_WRONLY)
    while number < stop and peak - base <= MEMORY:
        os.pwrite(handle, number.to_bytes(8, "little"), 0)
        group = range(number, min(number + (GROUP if one.read_many else 1), stop))
        cases = [case(seed, name, k, one.corpus, one.words) for k in group]
        begun = time.process_time()
        outcome, text = run_case(one, cases[0]) if one.read_many is None else _run_many(one, cases, counts)
        took = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        slowest = max(slowest, took / len(group))
        if outcome:
            counts["accepted" if outcome == "accepted" else "refused"] += 1
        for wrong, said in (
            (outcome if outcome not in ("accepted", "refused", "") else "", text),
            ("hang" if took > SLOW * len(group) else "", f"{took:.2f} s; {text}"),
            ("memory" if peak - base > MEMORY else "", f"{(peak - base) >> 20} MiB; {text}"),
        ):
            if wrong:
                _say({"case": number, "kind": wrong, "text": said[-2000:]})
        number = group.stop
    _say({"done": number, **counts, "slowest": slowest, "raised": peak - base})


def _run_many(one: Target, cases: list[bytes], counts: "Counter[str]") -> tuple[str, str]:
    """As `run_case`, of a group: "" where each was accepted or refused, and counted."""
    assert one.read_many is not None
    try:
        reasons = one.read_many(cases)
    except Exception:
        return "crash", traceback.format_exc(limit=-3)
    counts["refused"] += sum(bool(reason) for reason in reasons)
    counts["accepted"] += sum(not reason for reason in reasons)
    counts["deaths"] += sum("crashed on it" in reason for reason in reasons)
    return "", ""


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def batch(name: str, seed: int, tally: Tally, stop: int) -> None:
    """Run cases in one child, from where the tally stands; what came of them goes into it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hnhar-fuzz-") as folder:
        mark = Path(folder, "mark")
        mark.write_bytes(tally.cases.to_bytes(8, "little"))
        command = [sys.executable, "-m", "tools.fuzz.run", "--child", "--target", name, "--seed", str(seed)]
        command += ["--start", str(tally.cases), "--stop", str(stop), "--mark", str(mark)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TMPDIR": folder}
        with (
            Path(folder, "out").open("w+b") as out,
            Path(folder, "err").open("w+b") as err,
            subprocess.Popen(command, stdout=out, stderr=err, env=environment) as process,
        ):
            hung = _watch(process, mark)
            out.seek(0)
            err.seek(0)
            lines, said = (
                out.read().decode(errors="replace").splitlines(),
                err.read()[-2000:].decode(errors="replace"),
            )
        at = int.from_bytes(mark.read_bytes(), "little")
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    tally.findings += [line for line in whole if "kind" in line]
    done = next((line for line in whole if "done" in line), None)
    if done is None:
        kind = "hang" if hung else "died"
        tally.findings.append({"case": at, "kind": kind, "text": f"exit {process.returncode}; {said}"})
        tally.refused += at - tally.cases
        done = {"done": at + 1}
    tally.cases = done["done"]
    tally.accepted += done.get("accepted", 0)
    tally.refused += done.get("refused", 0)
    tally.deaths += done.get("deaths", 0)
    tally.slowest = max(tally.slowest, done.get("slowest", 0.0))
    tally.raised = max(tally.raised, done.get("raised", 0))
    tally.seconds += time.monotonic() - begun


def _watch(process: "subprocess.Popen[bytes]", mark: Path) -> bool:
    """Wait for the end; whether it had to be killed, because it stood still."""
    last, since = b"", time.monotonic()
    while True:
        try:
            process.wait(0.5)
            return False
        except subprocess.TimeoutExpired:
            now = mark.read_bytes()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > HANG:
                process.kill()
                process.wait()
                return True


def campaign(arguments: argparse.Namespace) -> int:
    """Run all that was asked for; 1 where something was found."""
    names = arguments.target or list(TARGETS)
    tallies = {name: Tally() for name in names}
    if arguments.resume and arguments.json and arguments.json.exists():
        kept = json.loads(arguments.json.read_text("utf-8"))
        if kept["seed"] != arguments.seed:
            sys.exit(
                f"{arguments.json} is of seed {kept['seed']}: give --seed {kept['seed']}, or another file"
            )
        tallies |= {name: Tally(**kept["targets"][name]) for name in names if name in kept["targets"]}
    for name, tally in tallies.items():
        stop = AIM[name] if arguments.aim else arguments.cases
        while tally.cases < stop:
            size = 100 if name == "mat" else BATCH
            batch(name, arguments.seed, tally, min(stop, tally.cases + size))
            if arguments.json:
                report = {"seed": arguments.seed, "targets": {n: asdict(t) for n, t in tallies.items()}}
                arguments.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        raised = f"slowest {tally.slowest:.3f} s, memory +{tally.raised >> 20} MiB"
        counts = f"{tally.cases:,} cases, {tally.accepted:,} accepted, {len(tally.findings)} found"
        if tally.deaths:
            counts += f", {tally.deaths} deaths of the reader's child"
        print(f"{name:7} {counts}; {raised}; {tally.seconds:.0f} s", flush=True)
        for finding in tally.findings[:10]:
            last = (finding["text"].strip().splitlines() or [""])[-1]
            print(f"  case {finding['case']}: {finding['kind']}: {last[:200]}")
    return int(any(tally.findings for tally in tallies.values()))


def replay(paths: Sequence[Path]) -> int:
    """Files named TARGET-what through their readers, in this process; 1 where one is a finding."""
    found = 0
    for path in paths:
        one, data = target(path.name.partition("-")[0]), path.read_bytes()
        begun = time.process_time()
        outcome, text = run_case(one, data)
        took = time.process_time() - begun
        wrong = outcome not in ("accepted", "refused") or took > SLOW
        found += wrong
        print(f"{path.name}: {outcome} in {took:.2f} s: {text[-200:]}")
    return int(bool(found))


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", action="append", choices=TARGETS, help="may be repeated (default: all)")
    parser.add_argument("--cases", type=int, default=1000, metavar="N", help="of each target (default: 1000)")
    parser.add_argument("--aim", action="store_true", help=f"the full campaign: {AIM}")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what came of it, after each batch")
    parser.add_argument("--resume", action="store_true", help="go on from what --json holds")
    parser.add_argument("--case", type=int, metavar="N", help="one case, here, without a child")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="with --case: write its input there")
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="kept cases: TARGET-what")
    for hidden in ("--child", "--mark", "--start", "--stop"):
        kind: dict[str, Any] = {"action": "store_true"} if hidden == "--child" else {}
        parser.add_argument(hidden, help=argparse.SUPPRESS, **kind)
    arguments = parser.parse_args()
    if arguments.child:
        (name,) = arguments.target
        child(name, arguments.seed, int(arguments.start), int(arguments.stop), Path(arguments.mark))
        return 0
    if arguments.replay:
        with tempfile.TemporaryDirectory(prefix="hnhar-fuzz-") as tempfile.tempdir:
            return replay(arguments.replay)
    if arguments.case is not None:
        (name,) = arguments.target
        one = target(name)
        data = case(arguments.seed, name, arguments.case, one.corpus, one.words)
        if arguments.keep:
            arguments.keep.write_bytes(data)
        print(f"{len(data)} bytes: {data[:300]!r}")
        print(*run_case(one, data), sep="\n")
        return 0
    return campaign(arguments)


if __name__ == "__main__":
    sys.exit(main())
