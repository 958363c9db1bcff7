"""`hnhar-train`: its commands. Only the one that is called is imported."""

from collections.abc import Sequence
from typing import Final

from hnhar.stream.cli.commands import Command
from hnhar.stream.cli.family import Family

_EPILOG = """examples:
  hnhar-train corpus recordings/sub-*.xdf --run runs/mine
      your own recordings with their labels: hnhar-docs tutorial-own-recordings
  hnhar-train evaluate runs/mine/own.safetensors --recording session.xdf
      an annotated recording of somebody whom it did not learn from
  hnhar-train bundle --synthetic-only --run runs/first --threads 2
      a bundle from synthetic performers alone: no corpus needed
  hnhar-train bundle --data ~/corpora --run runs/wrist
      compose, pre-train, fine-tune, calibrate, measure; ~/corpora/utd_mhad holds Inertial/ and Skeleton/
  hnhar-train data check ~/corpora
      what is there, complete, missing or broken

The corpus: --data DIR, or the environment variable HNHAR_DATA.
"""
_OWN: Final = "for your own recordings"
_RESEARCH: Final = "for research"
_HERE: Final = "hnhar.train.cli"
COMMANDS: Final = {
    "corpus": Command(f"{_HERE}.corpus:CORPUS", "a bundle from your own recordings", _OWN),
    "evaluate": Command(f"{_HERE}.evaluate:EVALUATE", "measure a bundle on whole sessions", _OWN),
    "export": Command(f"{_HERE}.export:EXPORT", "let bundles be served without torch", _OWN),
    "bundle": Command(f"{_HERE}.bundle:BUNDLE", "a bundle from UTD-MHAD, or synthetic people", _RESEARCH),
    "pretrain": Command(f"{_HERE}.bundle:PRETRAIN", "the contrastive part of that alone", _RESEARCH),
    "finetune": Command(f"{_HERE}.bundle:FINETUNE", "the supervised part of that alone", _RESEARCH),
    "mount": Command(f"{_HERE}.mount:MOUNT", "add to a bundle how its sensor was mounted", _RESEARCH),
    "data": Command(f"{_HERE}.data:DATA", "which corpora are there, complete, missing or broken", _RESEARCH),
    "table": Command(f"{_HERE}.protocol:TABLE", "the whole comparison of methods, resumable", _RESEARCH),
    "sweep": Command(f"{_HERE}.protocol:SWEEP", "a grid, or a search, of a method's settings", _RESEARCH),
    "enrollment": Command(
        f"{_HERE}.enrollment:ENROLLMENT", "left-out activities, enrolled from a few performances", _RESEARCH
    ),
    "people": Command(
        f"{_HERE}.people:PEOPLE", "trials of people left out, by any of their sensors", _RESEARCH
    ),
    "falls": Command(f"{_HERE}.falls:FALLS", "falls of people left out, any sensor missing", _RESEARCH),
    "utkinect": Command(f"{_HERE}.utkinect:UTKINECT", "weights in another room, skeleton alone", _RESEARCH),
    "spsw": Command(f"{_HERE}.spsw:SPSW", "our encoders beside a plain CNN on phone and watch", _RESEARCH),
}
_FAMILY: Final = Family(
    "hnhar-train",
    "Train, evaluate and write bundles for hnhar-stream.",
    COMMANDS,
    _EPILOG,
    aliases={"enrolment": "enrollment"},
)


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-train") -> int:
    """Entry point; returns the exit code."""
    return _FAMILY.main(argv, prog)


build_parser = _FAMILY.build_parser
