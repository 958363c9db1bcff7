"""Errors of a single camera, measured on drawn people: MediaPipe Pose looks at them, and the truth is known.

    python -m tools.monocular watch --data ../shared/data --kept runs/drawn
    python -m tools.monocular fit --kept runs/drawn
    python -m tools.monocular score utd-mhad-wrist utd-mhad-camera --kept runs/drawn

`watch` draws sessions and keeps what MediaPipe saw of them (hnhar camera --get-model first); `fit` prints its
errors by joint and writes the model of them that trainings use; `score` prints what bundles recognize.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.monocular.errors import fitted, limbs, seen_session, table
from tools.monocular.scoring import HEAD, rows, scores
from tools.monocular.sessions import COMPOSED, FITTED, NAME, PERFORMED, session

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError, HnharError
from hnhar.train.bundles.sessions import corpus_folder
from hnhar.train.output.document import add_look, change
from hnhar.train.output.looks import open_log

MODEL = Path("train/synthesis/elsewhere/monocular.json")


def _watch(arguments: argparse.Namespace) -> None:
    from tools.monocular.watch import watched

    from hnhar.stream.camera.model import read_model

    model = read_model(arguments.model)
    arguments.kept.mkdir(parents=True, exist_ok=True)
    for name in arguments.sessions or (*FITTED, *PERFORMED):
        kept = arguments.kept / f"{name}.npz"
        if kept.exists():
            continue
        began = time.monotonic()
        drawn = session(name, _corpus(arguments, name))
        watched(drawn, model, kept, arguments.rate)
        print(f"{name}: {drawn.view}, {time.monotonic() - began:.0f} s", flush=True)


def _fit(arguments: argparse.Namespace) -> None:
    names = arguments.sessions or [name for name in FITTED if (arguments.kept / f"{name}.npz").exists()]
    seen = [seen_session(name, _there(arguments, name)) for name in names]
    for of in seen:
        print(f"{of.name}: {len(of.times)} frames at {of.rate:.0f} Hz, somebody in {100 * of.found:.1f} %")
    print("\n".join(["", *table(seen)]))
    model = fitted(seen, f"python -m tools.monocular fit {' '.join(names)}")
    print("\n".join(["", *limbs(model), "", f"errors that wander are forgotten in {model['seconds']:.2f} s"]))
    arguments.out.write_text(json.dumps(model, indent=1) + "\n", "utf-8")


def _score(arguments: argparse.Namespace) -> None:
    from hnhar.model.loading import load

    weights = [w for w in arguments.sessions if not NAME.fullmatch(w)]
    asked = [name for name in arguments.sessions if NAME.fullmatch(name)]
    names = asked or [name for name in PERFORMED if (arguments.kept / f"{name}.npz").exists()]
    tested = [int(name[1:]) for name in names if name in COMPOSED]
    open_log(tested, arguments.looks, "sessions such as p200")
    sessions = [(n, session(n, _corpus(arguments, n)), _there(arguments, n)) for n in names]
    fitted_on = [seen_session(n, _there(arguments, n)) for n in arguments.corrected.split(",") if n]
    print("\n".join(HEAD))
    looked = []
    for name in weights:
        info, recognizer = load(bundles.find(name))
        lines = rows(info.id, list(scores(info, recognizer, sessions, fitted_on)))
        print("\n".join(lines), flush=True)
        figures = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[-2 - bool(fitted_on) :]]
        looked += [
            f"{info.id} {seen} {hits}/{n} of {events} events, F1 {f1}"
            for *_, seen, n, hits, events, f1 in figures
        ]
    if tested:
        look = f"{time.strftime('%Y-%m-%d')}: a single camera, {', '.join(names)} drawn ({'; '.join(looked)})"
        change(Path(arguments.looks), lambda text: add_look(text, look))


def _corpus(arguments: argparse.Namespace, name: str) -> Path | None:
    return None if "p" in name else corpus_folder(arguments.data)


def _there(arguments: argparse.Namespace, name: str) -> Path:
    kept: Path = arguments.kept / f"{name}.npz"
    if not kept.exists():
        raise ConfigError(f"'{kept}' is not there: python -m tools.monocular watch {name} makes it.")
    return kept


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point."""
    command = argparse.ArgumentParser(prog="tools.monocular", description=(__doc__ or "").splitlines()[0])
    command.add_argument("what", choices=("watch", "fit", "score"))
    command.add_argument("sessions", nargs="*", help="such as fit-s1a, p200; for score also weights")
    command.add_argument("--kept", type=Path, required=True, metavar="DIR", help="folder of what was seen")
    command.add_argument("--data", metavar="DIR", help="folder of UTD-MHAD, or one that holds it")
    command.add_argument("--model", default="", metavar="FILE", help="MediaPipe's (default: the fetched one)")
    command.add_argument(
        "--rate", type=float, default=15.0, metavar="HZ", help="frames a second (default: 15)"
    )
    command.add_argument("--out", type=Path, default=MODEL, metavar="FILE", help=f"of fit (default: {MODEL})")
    command.add_argument(
        "--corrected",
        default="",
        metavar="N,N",
        help="score: also after a correction fitted on these sessions",
    )
    command.add_argument("--looks", metavar="FILE", help="log of looks at test subjects")
    arguments = command.parse_args(argv)
    try:
        {"watch": _watch, "fit": _fit, "score": _score}[arguments.what](arguments)
    except HnharError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
