"""One of several IMUs in a stream: channels grouped by what their labels say beside sensor and axis.

"wrist_acc_x … ankle_gyro_z" are two IMUs, "Accel_LN_X, Accel_WR_X, Gyro_X" is one with two accelerometers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hnhar.model.errors import ChannelError
from hnhar.model.labels import shortened, words

from ..messages import StreamDescription
from .channel_map import offer
from .imu_words import ACC, GYRO, SHORT_ACC, SHORT_GYRO
from .placement import is_place

Located = dict[tuple[str, str], int]
"""(sensor, axis) -> channel of the stream."""
AXES: Final = ("x", "y", "z")
_FILLERS: Final = frozenset(words("axis angular velocity rotation rate raw calibrated cal data value"))
_NAMING: Final = frozenset(words("axis imu sensor node unit device left right l r"))
LAST_CHOICES: Final = frozenset(words("uncalibrated uncal lownoise ln low noise"))
"""Words of an accelerometer that another of its device is better than: of low noise, it clips at 2 g."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Place of a channel: sensor, axis, and the name of its IMU where a stream has several."""

    sensor: str
    axis: str
    group: str
    """Words of the label beside the sensor's and the axis: "wrist"; "" where there are none."""


def spot_of(label: str, default: str | None) -> Spot | None:
    """Sensor, axis and group of a label: "AccX", "x_acc", "wrist GYRO_Z"; `default` is the sensor of a label
    of only an axis."""
    tokens = _unglued(list(words(label)))
    axes = [token for token in tokens if token in AXES]
    if len(axes) != 1:
        return None
    rest = [token for token in tokens if token not in AXES]
    named = {*rest, "".join(rest)}
    sensor: str | None
    if named & ACC:
        sensor = "acc"
    elif named & GYRO or {"angular", "velocity"} <= named or {"rotation", "rate"} <= named:
        sensor = "gyro"
    elif named & SHORT_ACC:
        sensor = "acc"
    elif named & SHORT_GYRO:
        sensor = "gyro"
    else:
        sensor = default if all(map(_names_imu, rest)) else None
    if sensor is None:
        return None
    known = ACC | GYRO | _FILLERS
    words_left = [token for token in rest if token not in known]
    if not named & (ACC | GYRO):
        words_left = [token for token in words_left if token not in SHORT_ACC | SHORT_GYRO]
    return Spot(sensor, axes[0], _joined(words_left))


def _called(asked: str, names: Sequence[str]) -> str | None:
    """The one of some names that is meant: the very one, or else the only one with all words asked."""
    key = "".join(words(asked))
    exact = [name for name in names if name.replace("_", "") == key]
    found = exact or [name for name in names if key and set(words(asked)) <= set(words(name))]
    return found[0] if len(found) == 1 else None


def _names_imu(token: str) -> bool:
    """True for a word of a label that tells an IMU from others, and no quantity: "wrist", "2"."""
    return token in _NAMING or token.isdigit() or is_place(token)


def one_of(
    stream: StreamDescription, spots: Sequence[tuple[Spot, int]], asked: str | None
) -> tuple[Located, tuple[str, ...]]:
    """The channels of the IMU that is meant, and a note where one was preferred; see `locate`."""
    plain: Located = {(spot.sensor, spot.axis): index for spot, index in spots}
    single = len(plain) == len(spots)
    if single and asked is None:
        return plain, ()
    groups = {} if _uneven(spots) else _groups(spots)
    if groups and asked is not None:
        name = _called(asked, _names(groups))
        if name is None:
            raise ChannelError(f"--imu-sensor '{asked}' names no IMU of '{stream.name}': {_there(groups)}.")
        return _assembled(groups, name), ()
    names = list(groups.get("acc", {}) or groups.get("gyro", {}))
    if not groups:
        raise ChannelError(
            f"an IMU stream must have each axis once, but {offer(stream)}. Send one sensor per "
            "stream, or give its channels distinct labels."
        )
    if len(groups.get("gyro", {})) <= 1 and len(names) > 1:  # accelerometers of one device
        best = min(map(_rank, names))
        preferred = [name for name in names if _rank(name) == best]
        if len(preferred) == 1:
            note = (
                f"'{stream.name}' has {len(names)} accelerometers ({', '.join(names)}): "
                f"{preferred[0] or 'the one without a name'} is taken (--imu-sensor names another)"
            )
            return _assembled(groups, preferred[0]), (note,)
    if len(names) == 1 and len(groups.get("gyro", {})) <= 1:
        return _assembled(groups, names[0]), ()
    raise ChannelError(
        f"{offer(stream)}, which are of several IMUs: {_there(groups)}. Say which with --imu-sensor NAME, or "
        "with sensor=NAME in the source."
    )


def _uneven(spots: Sequence[tuple[Spot, int]]) -> bool:
    """True where a label is there twice and not those of the other axes beside it."""
    counts = Counter(spot for spot, _ in spots)
    return any(
        count != counts[replace(spot, axis=axis)]
        for spot, count in counts.items()
        if count > 1
        for axis in AXES
    )


def _groups(spots: Sequence[tuple[Spot, int]]) -> dict[str, dict[str, dict[str, int]]]:
    """Sensor -> group -> axis -> channel; groups of one name are numbered, and incomplete ones left out."""
    seen: Counter[Spot] = Counter()
    twice = {spot for spot, count in Counter(spot for spot, _ in spots).items() if count > 1}
    groups: dict[str, dict[str, dict[str, int]]] = {}
    for spot, index in spots:
        seen[spot] += 1
        named = (
            replace(spot, group=_joined([*spot.group.split("_"), str(seen[spot])])) if spot in twice else spot
        )
        groups.setdefault(named.sensor, {}).setdefault(named.group, {})[named.axis] = index
    return {
        sensor: whole
        for sensor, of in groups.items()
        if (whole := {name: axes for name, axes in of.items() if len(axes) == len(AXES)})
    }


def _assembled(groups: Mapping[str, Mapping[str, Mapping[str, int]]], name: str) -> Located:
    """The channels of one IMU: its groups of that name; of a sensor of one group, that one."""
    return {
        (sensor, axis): index
        for sensor, of in groups.items()
        for axis, index in (
            of[name] if name in of else next(iter(of.values())) if len(of) == 1 else {}
        ).items()
    }


def _names(groups: Mapping[str, Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for of in groups.values() for name in of))


def _there(groups: Mapping[str, Mapping[str, object]]) -> str:
    named = [name for name in _names(groups) if name]
    if not named:
        return "it has one without a name"
    return f"it has {shortened(named)}" if len(named) > 1 else f"it has only {named[0]}"


def _rank(name: str) -> int:
    return int(not LAST_CHOICES.isdisjoint(name.split("_")))


def _joined(tokens: Sequence[str]) -> str:
    """Words as one name, a number at the word before it: "imu1", "low_noise"."""
    name = ""
    for token in filter(None, tokens):
        glued = not name or (token.isdigit() and not name[-1].isdigit())
        name += token if glued else f"_{token}"
    return name


def _unglued(tokens: list[str]) -> list[str]:
    """Words of a label, where no axis stands alone with that of "accx" or "xacc" apart."""
    if any(token in AXES for token in tokens):
        return tokens
    known = ACC | GYRO | SHORT_ACC | SHORT_GYRO
    for place, token in enumerate(tokens):
        for sensor, axis in ((token[:-1], token[-1]), (token[1:], token[0])):
            if axis in AXES and (sensor in known or (sensor and len(tokens) == 1)):
                return [*tokens[:place], sensor, axis, *tokens[place + 1 :]]
    return tokens
