"""The process that reads images and looks at them: `python -m hnhar.stream.camera.worker JOB`.

A process of its own, since cameras block, native code may crash, and what it computes would hold up whoever
reads other streams. It writes letters to its standard output, and ends when its standard input does.
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from hnhar.model.errors import HnharError, RecordingError, SourceError

from .address import CameraAddress
from .eye import Eye
from .frames import Video, VideoFrame
from .letters import CameraOpened, Letter, Over, Row, packed
from .model import read_model

LATE: Final = 0.1
"""s behind its time from which an image of a file is not looked at."""
BEHIND: Final = 1.0
"""s behind from which the file is played later, instead."""


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Work of a worker."""

    address: CameraAddress
    paced: bool = True
    """At the pace of the video, images dropped that come too soon; else each, as fast as it goes."""


class Newest:
    """The newest image, put by one thread and taken by another: what was not taken meanwhile is dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        self._ready = threading.Condition()
        self._frame: VideoFrame | None = None
        self._over = False

    def put(self, frame: VideoFrame) -> None:
        """Lay it there."""
        with self._ready:
            self.dropped += self._frame is not None
            self._frame = frame
            self._ready.notify()

    def end(self) -> None:
        """No more will come."""
        with self._ready:
            self._over = True
            self._ready.notify()

    def take(self) -> VideoFrame | None:
        """Wait for the next; None where none will come."""
        with self._ready:
            self._ready.wait_for(lambda: self._frame is not None or self._over)
            frame, self._frame = self._frame, None
            return frame


def run(job: Job, send: Callable[[Letter], None]) -> None:
    """Look at all images, and send what is seen. The last letter is `Over`."""
    try:
        # a file that is none is refused at once; a camera must not fill its buffer while the model is loaded
        video = Video(job.address) if job.address.is_file else None
        eye = Eye(read_model(job.address.model), job.address.person, place=job.address.place)
        video = video or Video(job.address)
        send(CameraOpened(video.width, video.height, video.rate, video.count))
        newest = Newest()
        number = 0
        for frame in _paced(video, newest, job.address) if job.paced else video.frames():
            values, people = eye.see(video.prepared(frame.image), frame.time)
            send(Row(frame.time, time.monotonic(), values.tobytes(), people, newest.dropped))
            number += 1
        send(_over(job.address, number))
    except SourceError as error:
        send(Over(str(error), "lost"))
    except HnharError as error:
        send(Over(str(error), "refused"))


def _over(address: CameraAddress, number: int) -> Over:
    if not address.is_file:
        return Over("it gives no images any more", "lost")
    if not number:
        return Over(f"{address.source} has no image that can be read", "refused")
    return Over("the video is over", "end")


def _paced(video: Video, newest: Newest, address: CameraAddress) -> Iterator[VideoFrame]:
    """Images as they come by the clock, the newest each time; of a file stamped as if it were a camera."""
    failed: list[Exception] = []

    def read() -> None:
        try:
            if address.is_file:
                play(video, newest)
            else:
                for frame in video.frames():
                    newest.put(frame)
        except Exception as error:
            failed.append(error)
        finally:
            newest.end()

    threading.Thread(target=read, name="camera", daemon=True).start()
    while (frame := newest.take()) is not None:
        yield frame
    if failed:
        raise RecordingError(f"reading it failed: {type(failed[0]).__name__}: {failed[0]}") from failed[0]


def play(video: Video, newest: Newest) -> None:
    """A file at its own pace: images that are late are passed over, and where reading itself is too slow,
    what follows comes later."""
    begun = time.monotonic()
    while (moment := video.grab()) is not None:
        behind = time.monotonic() - (begun + moment)
        if behind > BEHIND:
            begun += behind
        elif behind > LATE:
            newest.dropped += 1
            continue
        time.sleep(max(0.0, -behind))
        image = video.image()
        if image is not None:
            newest.put(VideoFrame(image, begun + moment))


def main() -> None:
    """Entry point; what it is to do is its argument, as JSON."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    # whatever native code prints must not come between the letters
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    threading.Thread(target=_end_with_input, daemon=True).start()

    def send(letter: Letter) -> None:
        raw = memoryview(packed(letter))
        while raw:
            raw = raw[out.write(raw) or 0 :]

    try:
        run(job, send)
    except BrokenPipeError:
        os._exit(0)  # nobody reads it any longer
    except Exception as error:
        traceback.print_exc()
        send(Over(f"it failed ({type(error).__name__}: {error})"[:1000], "lost"))
    os._exit(0)  # native code may not end by itself


def _end_with_input() -> None:
    """End this process when whoever started it has gone, whatever it does."""
    while os.read(0, 1):
        continue
    os._exit(0)


if __name__ == "__main__":
    main()
