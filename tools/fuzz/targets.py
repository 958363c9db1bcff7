"""Targets of the fuzzer: readers of what comes from outside, and whole inputs written by our own code."""

import json
import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import HnharError


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input."""

    corpus: Sequence[bytes]
    words: Sequence[bytes]
    """Pieces of such inputs, put in other places."""
    read: Callable[[bytes], None]
    """Reads one input; HnharError where it is refused."""
    name: str = ""
    """Text that an error must hold: the name of the file."""
    read_many: Callable[[Sequence[bytes]], Sequence[str]] | None = None
    """Reads several at once: the reason of each that is refused, "" of the others."""


class RefusedError(HnharError):
    """A reader that gives reasons instead of raising gave one."""


def target(name: str) -> Target:
    """The target of that name, its corpus written anew."""
    return TARGETS[name]()


def _file(suffix: str) -> Path:
    return Path(tempfile.mkdtemp(prefix="hnhar-fuzz-")) / f"case{suffix}"


def _wire() -> Target:
    from hnhar.stream import messages as m
    from hnhar.stream.publish.wire import pack, unpack

    labels = ("wave", "clap", "idle")
    said = m.StreamDescription("Watch", "IMU", "id", ("acc_x", "acc_y"), ("g", "g"), 50.0)
    stream = m.StreamStatus("anna", "imu", "imu", m.StreamState.LIVE, "Watch", said, 49.9, 0.01, 0.0, 5000)
    prediction = m.Prediction(
        *(7, "anna", 97.0, 100.0, 10**18, "wave", 0.9, dict.fromkeys(labels, 0.3), ("imu",), {"imu": 1.0}),
        closed_by="samples",
        model="x@01234567",
    )
    event = m.Event(3, "anna", 2, "offset", "wave", 98.0, 10**18, 1.5, 0.9, 99.0, "x@01234567")
    status = m.Status(
        *(
            1,
            100.0,
            10**18,
            42.0,
            "x@01234567",
            labels,
            3.0,
            0.25,
            (stream,),
            {"total": m.Quantiles(1e-3, 1e-2)},
        ),
        *(160, 12, 0, 1, "tcp://127.0.0.1:5557", {"hnhar/v1/event/anna/": 3}),
    )
    corpus = []
    for message in (prediction, event, status):
        topic, payload = pack(message, "publisher-1")
        corpus.append(bytes([len(topic)]) + topic + payload)

    def read(data: bytes) -> None:
        cut = 1 + (data[0] if data else 0)
        unpack([data[1:cut], data[cut:]])

    words = [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xd9\xff",
        b"\x80" * 99,
    ]
    return Target(corpus, [*words, b"\xcb\x7f\xf8" + bytes(6), b"\xa4type", b"\xa6status"], read)


def _bundle() -> Target:
    from hnhar.model.bundle import bundle
    from hnhar.model.kinds.imu import imu
    from hnhar.model.kinds.skeleton import skeleton
    from hnhar.model.loading import load
    from hnhar.model.recognizer import Recognizer, RecognizerConfig

    modalities = (imu(), skeleton())
    small = {"width": 8, "expansion": 1, "dilations": [1], "heads": 1}
    config = RecognizerConfig.parse(
        {
            "encoders": {
                "imu": {"type": "compact_inertial", **small},
                "skeleton": {"type": "compact_skeleton", **small},
            },
            "classes": 3,
            "head": {"type": "sum", "embedding": 8, "interaction": 8},
        }
    )
    info = bundle.BundleInfo(
        *("example", modalities, 3.0, 0.25, ("wave", "clap", "idle"), "idle", "right wrist"),
        architecture=config.architecture(),
        temperatures={"imu": 1.5},
    )
    path = _file(".safetensors")
    whole: dict[str, NDArray[Any]] = {
        name: tensor.numpy() for name, tensor in Recognizer(config).state_dict().items()
    }
    few: dict[str, NDArray[Any]] = {"a": np.ones((2, 3), np.float32), "b": np.arange(4)}
    corpus = []
    for tensors in (few, whole, whole):
        bundle.write(path, info, tensors)
        corpus.append(path.read_bytes())

    def read(data: bytes) -> None:
        path.write_bytes(data)
        load(path)

    words = [
        b'"F32"',
        b'"I64"',
        b'"shape":[',
        b'"data_offsets":[0,',
        b"__metadata__",
        b'\\"encoders\\":',
        b"hnhar",
    ]
    return Target(corpus, words, read, path.name)


def _checkpoint() -> Target:
    """Base of a comparison: kept weights and results. The first byte says which of the two."""
    from hnhar.model.recognizer import RecognizerConfig
    from hnhar.train.output.storage import load_weights, save_weights
    from hnhar.train.studies.protocol.cells import Cell, kept, settings_of
    from hnhar.train.studies.protocol.encoders import Network
    from hnhar.train.studies.protocol.preset import Entry, Preset

    encoder = {"type": "compact_inertial", "width": 8, "expansion": 1, "dilations": [1], "heads": 1}
    head = {"type": "sum", "embedding": 8, "interaction": 8}
    network = Network(RecognizerConfig.parse({"encoders": {"imu": encoder}, "classes": 3, "head": head}))
    preset, cell = Preset(title="x", entry=(Entry(name="case", title="x"),)), Cell("case", 0)
    few = {"amount": 1, "number": 0, "plain": {"imu": 50.0}, "spread": {"imu": 50.0}, "inferred": 60.0}
    result = {
        "settings": settings_of(preset, cell),
        "trials": [24, 12],
        "pretraining_s": 0.5,
        "linear": {"imu": 75.0},
        "linear_predictions": {"imu": [0, 1, 2]},
        "few": [few],
        "finetuned_s": 1.5,
    }
    weights = _file(".safetensors").with_name(f"{cell.file}.safetensors")
    save_weights(network, weights)
    corpus = [b"\0" + weights.read_bytes(), b"\1" + json.dumps(result).encode()]

    def read(data: bytes) -> None:
        if data[:1] == b"\1":
            weights.with_suffix(".json").write_bytes(data[1:])
            kept(preset, weights.parent, cell)
        else:
            weights.write_bytes(data[1:])
            load_weights(network, weights)

    words = [b'"F32"', b'"BF16"', b'"shape":[', b'"data_offsets":[0,', b"NaN", b'"few": [', b"recognizer."]
    return Target(corpus, words, read, cell.file)


def _toml() -> Target:
    """Configurations, and what a comparison consists of."""
    from hnhar.stream.config.config import read_config
    from hnhar.train.studies.protocol import preset as presets

    path = _file(".toml")
    texts = (
        'weights = "utd-mhad-wrist"\nhop = 0.25\n\n[[wearer]]\nid = "anna"\nimu = "name=WatchA"\n'
        'skeleton = "type=MoCap,hostname=kinect-1"\n\n[[wearer]]\nid = "ben"\nimu = "WatchB"\nbody = 2\n',
        'publish = "ipc:///tmp/x"\ntopic_prefix = "lab/1"\nrecord = "a.jsonl"\n'
        'wearer = [{id = "a", imu = "x", imu_unit = "mg,rad/s", imu_axes = "x,-z,y", mirror = true}]\n',
    )

    preset = (
        'title = "x"\nseeds = [0, 1]\n\n[budget]\nepochs = 100\n\n[[entry]]\nname = "cmc"\ntitle = "CMC"\n'
        'method = { pairs = "cross", temperature = 0.5 }\nfinetune = true\n'
    )

    def read(data: bytes) -> None:
        path.write_bytes(data)
        if b"entry" in data or b"title" in data:
            presets.read(str(path), presets.Preset)
        else:
            read_config(path)

    words = [
        b"[[wearer]]\n",
        b"[[entry]]\n",
        b'"""',
        b"'''",
        b"wearer.",
        b"hop = ",
        b"= {",
        b"\\u0000",
        b"\\ud800",
        b"1979-05-27",
    ]
    return Target([text.encode() for text in (*texts, preset)], words, read, path.name)


def _csv() -> Target:
    from hnhar.stream.recordings.csv_files import read_csv
    from hnhar.stream.recordings.events_tsv import read_events
    from hnhar.stream.sinks.recorded import read_lines
    from hnhar.train.corpora.mmact.labels import read_labels
    from hnhar.train.corpora.mmact.pose import read_pose
    from hnhar.train.corpora.mmact.sensor import read_track
    from hnhar.train.corpora.spsw_har.executions import read_execution

    path = _file(".csv")
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_execution((1, 1), {"phone": path}),
        lambda: read_track(path, "acc_phone"),
        lambda: read_labels(path),
        lambda: read_events(path),
        lambda: list(read_lines(path)),
        lambda: read_pose(path),
        lambda: read_csv([path]),
    )
    rows = "".join(f"{k}.5,0,9.8,0.1,0.2,0.3,{1_600_000_000_000 + 10 * k},WALKING\n" for k in range(12))
    texts = (
        "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label\n" + rows,
        "".join(f"20181016_13:33:45.{170 + k},1.5,-2,9.8\n" for k in range(9)),
        "2018/10/16 13:33:45.170-2018/10/16 13:33:49.891-standing\n" * 3,
        "onset\tduration\tlabel\tconfidence\n1.5\t2\twave\t0.9\n3\tn/a\tclap\tn/a\n",
        '{"type": "event", "seq": 1}\n{"type": "prediction"}\n',
        '{"1": {"person1": [' + ", ".join(["1.5"] * 51) + '], "person2": []}, "2.jpg": {}}',
        "time,acc_x [g],acc_y [g],acc_z [g],gyro_x,gyro_y,gyro_z [rad/s]\n"
        + "".join(f"{k / 50},0,1,,0.1,-2e-3,0\n" for k in range(9)),
    )

    def read(data: bytes) -> None:
        # the first byte says which reader
        path.write_bytes(data[1:])
        readers[(data[0] if data else 0) % len(readers)]()

    words = [
        b"WALKING",
        b"timestamp",
        b"20181016_13:33:45",
        b"n/a",
        b"\tlabel",
        b"-standing",
        b"99999999_99:99:99",
    ]
    return Target([bytes([k]) + text.encode() for k, text in enumerate(texts)], words, read, path.name)


def _xdf() -> Target:
    from hnhar.stream.recordings.xdf.reader import read_xdf

    path = _file(".xdf")

    def read(data: bytes) -> None:
        path.write_bytes(data)
        read_xdf(path)

    words = [
        b"\x08",
        b"\x04\xff\xff\xff\xff",
        b"<channel_count>",
        b"</info>",
        b"string",
        b"double64",
        b"int8",
    ]
    return Target([_xdf_file("float32"), _xdf_file("double64"), _xdf_file("int16")], words, read, path.name)


def _xdf_file(form: str) -> bytes:
    """An IMU, markers and clock offsets, for 0.6 s."""
    labels = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    channels = "".join(f"<channel><label>{escape(label)}</label><unit>g</unit></channel>" for label in labels)
    code = {"float32": "f", "double64": "d", "int16": "h"}[form]

    def header(number: int, kind: str, count: int, form: str, channels: str) -> bytes:
        xml = (
            f'<?xml version="1.0"?><info><name>{kind}</name><type>{kind}</type>'
            f"<channel_count>{count}</channel_count>"
            f"<nominal_srate>50</nominal_srate><channel_format>{form}</channel_format><source_id>s</source_id>"
            f"<desc><channels>{channels}</channels></desc></info>"
        )
        return _chunk(2, struct.pack("<I", number) + xml.encode())

    rows = b"".join(
        (b"\x08" + struct.pack("<d", 100 + k / 50) if k % 5 == 0 else b"\0")
        + struct.pack(f"<6{code}", *range(6))
        for k in range(30)
    )
    marks = b"".join(
        b"\x08" + struct.pack("<d", 100 + k) + b"\x01" + bytes([len(text)]) + text
        for k, text in enumerate((b"wave/start", b"wave/stop", b'{"label": "clap", "duration": 1}'))
    )
    return b"".join(
        (
            b"XDF:" + _chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>'),
            header(1, "IMU", 6, form, channels) + header(2, "Markers", 1, "string", ""),
            _chunk(3, struct.pack("<I", 1) + b"\x04" + struct.pack("<I", 30) + rows),
            *(_chunk(4, struct.pack("<Idd", 1, 100 + 5 * k, 7.0 * (k // 4))) for k in range(9)),
            _chunk(3, struct.pack("<I", 2) + b"\x01\x03" + marks),
            _chunk(6, struct.pack("<I", 1) + b"<info><sample_count>30</sample_count></info>"),
        )
    )


def _chunk(tag: int, content: bytes) -> bytes:
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def _mat() -> Target:
    from io import BytesIO

    from scipy.io import savemat

    from hnhar.train.corpora.mat import read_variables

    folder = _file(".mat").parent
    corpus = []
    for value in (
        np.arange(60.0).reshape(10, 6),
        np.ones((20, 3, 4)),
        np.arange(9, dtype=np.int16),
        {"a": 1.0},
    ):
        for compressed in (False, True):
            out = BytesIO()
            savemat(out, {"x": value}, do_compression=compressed)
            corpus.append(out.getvalue())

    def read_many(many: Sequence[bytes]) -> Sequence[str]:
        files = [(folder / f"{number}.mat", "x") for number in range(len(many))]
        for (path, _), data in zip(files, many, strict=True):
            path.write_bytes(data)
        found = read_variables(files)
        again = [k for k, one in enumerate(found) if isinstance(one, str) and "too many other" in one]
        for k in again:
            found[k] = read_variables([files[k]])[0]
        return [one if isinstance(one, str) else "" for one in found]

    def read(data: bytes) -> None:
        (reason,) = read_many([data])
        if reason:
            raise RefusedError(reason)

    words = [struct.pack("<II", kind, 8) for kind in (1, 9, 14, 15)]
    return Target(corpus, words, read, read_many=read_many)


def _page() -> Target:
    from tools.fuzz.browser import page

    return page(_file(".toml"))


def _websocket() -> Target:
    from tools.fuzz.browser import websocket

    return websocket()


def _phone() -> Target:
    from tools.fuzz.phones import phones

    return phones()


def _video() -> Target:
    from tools.fuzz.video import video

    return video(_file(".mp4"))


TARGETS: Final[dict[str, Callable[[], Target]]] = {
    "wire": _wire, "bundle": _bundle, "checkpoint": _checkpoint, "toml": _toml, "csv": _csv, "xdf": _xdf,
    "mat": _mat, "page": _page, "websocket": _websocket, "phone": _phone, "video": _video,
}  # fmt: skip
