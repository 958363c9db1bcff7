"""The picture of the dashboard for the README: a real demonstration, watched from outside, drawn as SVG.

python -m tools.dashboard_picture docs/dashboard.svg
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.processes import first_prediction, free_address, running

from hnhar.stream.dashboard.render import dashboard_svg
from hnhar.stream.dashboard.state import DashboardState
from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber


def main(argv: Sequence[str] | None = None) -> int:
    """Run, watch until an activity is going on late in the run, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("picture", type=Path, help="SVG file to write")
    parser.add_argument(
        "--after", type=float, default=45.0, help="s of the run before the picture (default 45)"
    )
    parser.add_argument("--width", type=int, default=100, help="columns (default 100)")
    parser.add_argument("--height", type=int, default=28, help="lines (default 28)")
    options = parser.parse_args(argv)
    address = free_address()
    command = ["hnhar-stream", "--demo", "--no-dashboard", "--publish", address]
    with (
        tempfile.TemporaryDirectory() as folder,
        running(command, Path(folder) / "stream.log") as recognizer,
        Subscriber(address) as subscriber,
    ):
        first_prediction(subscriber, (recognizer,), 60)
        state = DashboardState(address)
        ready = time.monotonic() + options.after
        deadline = ready + 30
        while (now := time.monotonic()) < deadline:
            received = subscriber.receive(0.5)
            if received is None:
                continue
            state.update(received.message, time.monotonic())
            message = received.message
            going_on = {a.label for v in state.wearers.values() for a in v.activities if a.duration is None}
            if now > ready and isinstance(message, Prediction) and message.label in going_on:
                break
        options.picture.write_text(
            dashboard_svg(state, time.monotonic(), options.width, options.height), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
