"""The bundle: one safetensors file that holds the weights and, in its metadata, everything the stream needs.

The file is a safetensors file whose metadata has one key, `hnhar`, with a JSON text (`BundleInfo`). Nothing
in it is executed, and every size is checked before it is believed. A second key holds the network's `graph`.
Loads no torch: `loading` has the weights.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError, ConfigError
from ..files import read_regular, write_whole
from ..modality import Modality, kind_of
from ..spelling import respelled
from .container import DTYPES, TensorEntry, decode, entries, header, refuse
from .decision import Decision, Knot, contradictions
from .enrollment import Enrollment
from .enrollment import contradictions as enrollment_contradictions
from .graph import insert, split
from .mount import MountReference
from .mount import contradictions as mount_contradictions
from .novelty import Novelty
from .subsets import nearest_key, subset_key

FORMAT = 2
"""Raised when an older reader would misread a bundle. 2: a memory of the classes, and enrolled activities."""
DEFAULT = "utd-mhad-wrist"
"""The bundle taken where none is named."""
CAMERA = "utd-mhad-camera"
"""The bundle taken of an ordinary camera alone, where none is named."""
METADATA_KEY = "hnhar"
MEMORY = {part: (f"memory.{part}", f"memory.{part}_labels") for part in ("learned", "enrolled")}
"""Part of the memory -> the tensors of its vectors (N, M, E) and of its labels (N,). Optional."""
MAX_FILE = 512 * 1024**2
"""bytes."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """Description of a bundle: modalities, labels, settings, provenance and measurements."""

    name: str
    modalities: tuple[Modality, ...]
    """In the order of the recognizer's presence mask."""
    window: float
    """s."""
    hop: float
    """s between the ends of windows, unless the user chooses another."""
    labels: tuple[str, ...]
    """In the order of the logits; then those that were enrolled."""
    idle: str
    """The label that stands for no activity; "" where there is none."""
    placement: str
    """Place where its worn sensor is ("right wrist"); "" where any place will do, or its modalities say
    it, as they do where there are several."""
    architecture: dict[str, Any]
    """Input of `recognizer.RecognizerConfig.parse`."""
    decision: Decision = field(default_factory=Decision)
    temperatures: dict[str, float] = field(default_factory=dict)
    """Subset of modalities (`subset_key`) -> the divisor of its logits; 1 where missing."""
    latency: tuple[Knot, ...] = ()
    """The curve of the latency knob, from early to sure; `decision` is its middle. Empty: none was tuned."""
    novelty: dict[str, Novelty] = field(default_factory=dict)
    """Subset of modalities -> threshold of unknown windows; without one, none is unknown."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Training data, date and settings."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Measured results, and the data that they were measured on."""
    mounts: dict[str, MountReference] = field(default_factory=dict)
    """Modality of a worn sensor -> how it moved in training, by which another mounting is found. Optional."""
    enrolled: tuple[Enrollment, ...] = ()
    """Activities that were added without training: the last labels. They need the bundle's memory."""
    format: int = FORMAT
    digest: str = ""
    """SHA-256 of the file without its `graph`, in hexadecimal; "" before it is written."""

    @property
    def id(self) -> str:
        """Name and the first eight digits of the digest: "utd-mhad-wrist@1f0c2a9b"."""
        return f"{self.name}@{self.digest[:8]}"

    def modality(self, name: str) -> Modality:
        """The modality of that name; KeyError where there is none."""
        for modality in self.modalities:
            if modality.name == name:
                return modality
        raise KeyError(name)

    def placement_of(self, name: str) -> str:
        """Place where the sensor of a modality was worn; "" where any will do. KeyError for no modality."""
        return self.modality(name).placement or self.placement

    def temperature(self, present: frozenset[str] | set[str]) -> float:
        """The temperature for windows in which exactly these modalities are present."""
        return self.temperatures.get(self._calibrated(present, self.temperatures), 1.0)

    def unknown_of(self, present: frozenset[str] | set[str]) -> Novelty | None:
        """The threshold of unknown windows in which exactly these modalities are present; None without."""
        return self.novelty.get(self._calibrated(present, self.novelty))

    def _calibrated(self, present: frozenset[str] | set[str], known: Mapping[str, object]) -> str:
        """Key of the subset that stands for one: itself; of three modalities or more, else the nearest."""
        key = subset_key(present)
        if key in known or len(present) < 2 or len(self.modalities) < 3:
            return key
        return nearest_key(present, known) or key


@dataclass(frozen=True, slots=True, eq=False)
class BundleFile:
    """A bundle in memory, its header checked."""

    info: BundleInfo
    entries: dict[str, TensorEntry]
    data: memoryview
    graph: str | None = None
    """Text of its network's graphs, for `graph.unpack`; None where it has none."""

    @property
    def remembers(self) -> bool:
        """True if it keeps examples of its classes, which an enrollment needs."""
        return MEMORY["learned"][0] in self.entries

    def tensor(self, name: str) -> NDArray[Any]:
        """A copy of one tensor."""
        entry = self.entries[name]
        flat = np.frombuffer(self.data[entry.begin : entry.end], dtype=DTYPES[entry.dtype])
        return flat.reshape(entry.shape).copy()


def bundled() -> dict[str, Path]:
    """Name -> file of the bundles that ship with the package, by name, and last that of a single camera: who
    has a depth camera is better off with any other."""
    files = (Path(__file__).parent.parent / "weights").glob("*.safetensors")
    return {path.stem: path for path in sorted(files, key=lambda path: (path.stem == CAMERA, path.stem))}


def find(name_or_path: str) -> Path:
    """A shipped bundle by name, or a file by path; BundleError lists what there is."""
    shipped = bundled()
    if name_or_path in shipped:
        return shipped[name_or_path]
    listing = ", ".join(shipped) or "none"
    try:
        path = Path(name_or_path).expanduser()
        if path.is_file():
            return path
        there = path.exists()
    except (OSError, RuntimeError) as error:  # a name longer than any file's, the home of nobody
        raise BundleError(
            f"'{name_or_path[:200]}' cannot be looked up: {getattr(error, 'strerror', None) or error}. Give "
            f"a .safetensors bundle, or a shipped one: {listing}."
        ) from error
    if there:
        raise BundleError(
            f"'{name_or_path}' is not a file. Give a .safetensors bundle, or a shipped one: {listing}."
        )
    if path.suffix == ".safetensors" or len(path.parts) > 1:
        raise BundleError(
            f"there is no file '{name_or_path}'. Check the path, or take a shipped bundle: {listing}."
        )
    near = get_close_matches(str(name_or_path)[:80], bundled(), 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise BundleError(
        f"there is no bundle '{name_or_path}'.{hint} Shipped bundles: {listing}. Or give a path to a file."
    )


def read_info(path: str | Path) -> BundleInfo:
    """Description of the bundle at `path`. Raises BundleError as `read` does."""
    return read(path).info


def read(path: str | Path) -> BundleFile:
    """The file in memory with its header checked; the weights are checked by `loading.load`.

    Raises BundleError.
    """
    path = Path(path)
    return parse(_bytes(path), path)


def _bytes(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_FILE)
    except OSError as error:
        raise BundleError(
            f"the bundle '{path}' cannot be read: {error.strerror or error}. Check the path."
        ) from error


def parse(raw: bytes, path: Path) -> BundleFile:
    """`read` of bytes; `path` is for the messages."""
    raw, graph = split(raw)
    tensors, start = header(raw, path)
    metadata = decode(tensors.pop("__metadata__", msgspec.Raw(b"{}")), dict[str, str], path, "its metadata")
    if METADATA_KEY not in metadata:
        raise refuse(path, f"it is a safetensors file, but not of hnhar (no metadata '{METADATA_KEY}')")
    info = replace(_info(metadata[METADATA_KEY], path), digest=hashlib.sha256(raw).hexdigest())
    data = memoryview(raw)[start:]
    return BundleFile(info, entries(tensors, len(data), path), data, graph)


def write(
    path: str | Path, info: BundleInfo, tensors: Mapping[str, NDArray[Any]], graph: str | None = None
) -> BundleInfo:
    """Write a bundle in one step (a reader never sees half of it); returns `info` with its digest.

    `graph`: as `BundleFile.graph`.

    Raises:
        BundleError: `info` contradicts itself, a tensor is of another type or not finite, or no space.
    """
    from safetensors.numpy import save

    path = Path(path)
    text = msgspec.json.encode(replace(info, digest="", format=FORMAT)).decode()
    checked = _info(text, path)
    names = {np.dtype(kind) for kind in DTYPES.values()}
    for name, tensor in tensors.items():
        if tensor.dtype not in names or not np.isfinite(tensor).all():
            raise refuse(path, f"tensor '{name}' ({tensor.dtype}) is not finite float32 or int64")
    raw = save(
        {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}, {METADATA_KEY: text}
    )
    _put(path, raw if graph is None else insert(raw, graph))
    return replace(checked, digest=hashlib.sha256(raw).hexdigest())


def add_graph(path: str | Path, graph: str) -> None:
    """Give the bundle at `path` a graph, or another than it has; all else stays, bit by bit."""
    path = Path(path)
    _put(path, insert(split(_bytes(path))[0], graph))


def _put(path: Path, raw: bytes) -> None:
    parse(raw, path)
    try:
        write_whole(path, raw)
    except OSError as error:
        raise BundleError(f"the bundle '{path}' cannot be written: {error.strerror or error}.") from error


class _Version(msgspec.Struct):
    format: int = 0


def _info(text: str, path: Path) -> BundleInfo:
    """The checked `BundleInfo`; the format is looked at first, since a newer one may mean other fields."""
    version = decode(text, _Version, path, "its description").format
    if version > FORMAT:
        remedy = "Update hnhar, or take an older bundle."
        raise refuse(path, f"it has format {version}, and this version of hnhar reads up to {FORMAT}", remedy)
    if version < 1:
        raise refuse(path, "its description names no format")
    fields = decode(text, dict[str, Any], path, "its description")
    unknown = sorted(set(fields) - set(BundleInfo.__dataclass_fields__))
    if unknown:
        raise refuse(path, f"its description has unknown fields ({', '.join(unknown)[:200]})")
    try:
        info = msgspec.convert(respelled(fields), BundleInfo)
    except (msgspec.ValidationError, RecursionError) as error:
        raise refuse(path, f"its description cannot be read ({error})") from error
    for wrong in _contradictions(info):
        raise refuse(path, wrong)
    return info


def _contradictions(info: BundleInfo) -> list[str]:
    """Contradictions in a description, in words; empty where there are none."""
    wrong: list[str] = []
    if not _NAME.fullmatch(info.name):
        wrong.append(f"its name {info.name[:80]!r} is not made of letters, digits, '.', '_' and '-'")
    if not (0 < info.window <= 600 and 0 < info.hop <= info.window):
        wrong.append(f"its window of {info.window} s and hop of {info.hop} s do not fit")
    texts = [*info.labels, info.placement, *(modality.placement for modality in info.modalities)]
    if len(info.labels) < 2 or len(set(info.labels)) < len(info.labels) or "" in info.labels:
        wrong.append("its labels are not two or more different words")
    if any(len(text) > 64 or not text.isprintable() for text in texts):
        wrong.append("a label or its placement is longer than 64 letters or not printable")
    if info.idle and info.idle not in info.labels:
        wrong.append(f"its idle label {info.idle[:64]!r} is none of its labels")
    wrong += enrollment_contradictions(info.enrolled, info.labels, info.idle)
    names = [modality.name for modality in info.modalities]
    if not names or len(set(names)) < len(names):
        wrong.append("it has no modality, or two of one name")
    # the parts of a modality that comes as two streams are called by its name, a dot, and the sensor
    if any(other.startswith(f"{name}.") for name in names for other in names):
        wrong.append("the name of one of its modalities is the begin of another's")
    wrong += [
        text for modality in info.modalities for text in _modality_contradictions(modality, info.window)
    ]
    subsets = [set(key.split("+")) for key in info.temperatures]
    if any(not subset <= set(names) for subset in subsets):
        wrong.append("it has temperatures for modalities that it does not take")
    if any(not 1e-3 <= value <= 1e3 for value in info.temperatures.values()):
        wrong.append("a temperature is not between 0.001 and 1000")
    for decision in (info.decision, *(knot.decision for knot in info.latency)):
        wrong += contradictions(decision, names)
    places = [knot.at for knot in info.latency]
    if places and (places[0], places[-1], sorted(set(places))) != (0.0, 1.0, places):
        wrong.append("its latency curve does not go from 0 to 1")
    wrong += mount_contradictions(info.mounts, info.modalities)
    if any(not set(key.split("+")) <= set(names) for key in info.novelty):
        wrong.append("it has thresholds of the unknown for modalities that it does not take")
    events = [novelty.events for novelty in info.novelty.values() if novelty.events is not None]
    if any(not (each.strangeness.spread > 0 and each.doubt.spread > 0) for each in events):
        wrong.append("its thresholds of unknown events have no scale")
    return wrong


def _modality_contradictions(modality: Modality, window: float) -> list[str]:
    if not _NAME.fullmatch(modality.name):
        return [f"a modality's name {modality.name[:80]!r} is not made of letters, digits, '.', '_' and '-'"]
    try:
        kind = kind_of(modality.kind[:80])
    except ConfigError as error:
        return [f"its modality '{modality.name}' is of the unknown kind {modality.kind[:80]!r}: {error}"]
    if (modality.channels, modality.units) != (kind.channels, kind.units):
        return [f"its modality '{modality.name}' has channels or units that are not those of this version"]
    if not 0 < modality.rate <= 10_000 or not 1 <= modality.steps(window) <= 100_000:
        return [f"its modality '{modality.name}' has a rate of {modality.rate} Hz"]
    return []
