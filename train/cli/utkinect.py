"""`hnhar-train utkinect`: weights on continuous recordings of another room, as shipped and adapted."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.stream.cli.common import say, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.parsing import Parser, parser

from ..output.documents import folder_of, publish, write_results
from ..output.looks import subject_numbers
from ..output.progress import Display, shown
from .adapting import taught
from .options import add_data_option, add_document_options
from .program import TrainProgram

if TYPE_CHECKING:
    from hnhar.stream.recordings import Recording

    from ..studies.utkinect import FilmScore

_EPILOG = """examples:
  hnhar-train utkinect utd-mhad-wrist utd-mhad-thigh --data ~/corpora --doc docs/corpora.md
      both bundles on all recordings, as shipped
  hnhar-train utkinect utd-mhad-wrist utd-mhad-thigh --data ~/corpora --adapt
      also adapted to each person, guided by the first recording, and read on the second

UTKinect-Action3D: continuous recordings of a Kinect; nothing of it may be in weights that ship."""
SHIPPED, SECOND, ADAPTED = "as shipped", "as shipped, second recordings", "adapted, second recordings"


def utkinect_parser(prog: str) -> Parser:
    """The options of `hnhar-train utkinect`."""
    command = parser(prog, "Weights on UTKinect's continuous recordings, skeleton alone.", _EPILOG)
    command.add_argument("weights", metavar="WEIGHTS", nargs="+", help="one or several bundles")
    add_data_option(command)
    command.add_argument("--subjects", metavar="N,N", help="people, by number (default: all that are there)")
    command.add_argument(
        "--adapt",
        action="store_true",
        help="also adapted to each person by the first recording and its labels",
    )
    command.add_argument("--out", metavar="DIR", help="folder of table and JSON (default: none is written)")
    add_document_options(command)
    return command


def _utkinect(arguments: argparse.Namespace) -> int:
    from ..bundles.runs import environment
    from ..corpora.registry import folder_of as corpus_folder
    from ..corpora.registry import named_folder
    from ..corpora.utkinect.corpus import CORPUS
    from ..corpora.utkinect.recordings import load_films
    from ..studies.utkinect import film_figures, utkinect_section

    data = named_folder(arguments.data)
    if data is None:
        raise ConfigError("no corpus was named: --data DIR, or HNHAR_DATA.")
    out = folder_of(arguments.out)
    wanted = subject_numbers(arguments.subjects) if arguments.subjects else None
    films = load_films(corpus_folder(CORPUS, Path(data)), wanted)
    for note in films.notes:
        warn(note)
    scores: dict[str, list[FilmScore]] = {}
    refused: list[str] = []
    names = []
    with shown(SafeConsole(stderr=True)) as display:
        for number, weights in enumerate(arguments.weights):
            names.append(_read(weights, films.recordings, arguments.adapt, scores, refused, display))
            display.advance(f"read by {names[-1]}", number + 1, len(arguments.weights))
    rows = {name: film_figures(of) for name, of in scores.items()}
    people = ", ".join(dict.fromkeys(r.wearer for r in films.recordings))
    text = utkinect_section(", ".join(names), f"people {people}", rows, refused)
    say(text)
    if out is not None:
        write_results(out, "utkinect", {"bundles": names, "of": people, **environment(), "rows": rows}, text)
    publish(arguments, "utkinect", text, None)
    return 0


def _read(
    weights: str,
    recordings: "Sequence[Recording]",
    adapts: bool,
    scores: "dict[str, list[FilmScore]]",
    refused: list[str],
    display: Display,
) -> str:
    """Read all recordings with one bundle, and keep their scores; its name."""
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime

    from ..corpora.utkinect.shared import as_known
    from ..evaluate.evaluate import watch_together
    from ..studies.utkinect import scored

    info, recognizer = load_bundle(bundles.find(weights))
    skeletons = [m.name for m in info.modalities if m.kind == "skeleton"]
    if len(skeletons) != 1:
        raise ConfigError(f"{info.id} takes no skeleton: UTKinect has nothing else")
    mine = [as_known(recording, info.labels) for recording in recordings]
    subset = (skeletons[0],)
    seen = watch_together(Runtime(info, recognizer, threads=1), info, [(r, subset) for r in mine])
    read = {watched.recording.name: scored(watched, info) for watched in seen}
    scores.setdefault(SHIPPED, []).extend(read.values())
    people = dict.fromkeys(r.wearer for r in mine) if adapts else {}
    for done, wearer in enumerate(people):
        display.advance(f"adapting {info.name} to {wearer}", done, len(people))
        films = [r for r in mine if r.wearer == wearer]
        if len(films) < 2:
            continue
        try:
            made, student = taught(info, recognizer, films[0], guided=True)
        except RecordingError as error:
            refused.append(f"{info.name} of {wearer} was read as it is: {error}.")
            made, student = info, recognizer
        again = watch_together(Runtime(made, student, threads=1), made, [(r, subset) for r in films[1:]])
        scores.setdefault(SECOND, []).extend(read[r.name] for r in films[1:])
        scores.setdefault(ADAPTED, []).extend(scored(watched, made) for watched in again)
    return info.id


UTKINECT = TrainProgram("utkinect", utkinect_parser, _utkinect)
