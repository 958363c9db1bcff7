"""Units as streams write them, and the factor from each to the canonical one (g, deg/s, m).

>>> unit("m/s²").factor          # g per m/s²
0.1019716212977928
"""

from dataclasses import dataclass
from math import degrees
from types import MappingProxyType

STANDARD_GRAVITY = 9.80665
"""m/s² per g (CGPM 1901)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is known: `value_in_this_unit * factor` is in the canonical unit of its quantity."""

    name: str
    """Its usual spelling."""
    canonical: str
    """"g", "deg/s" or "m"."""
    factor: float


G = Unit("g", "g", 1.0)
MILLI_G = Unit("mg", "g", 1e-3)
METERS_PER_SECOND_SQUARED = Unit("m/s²", "g", 1.0 / STANDARD_GRAVITY)
CENTIMETERS_PER_SECOND_SQUARED = Unit("cm/s²", "g", 1e-2 / STANDARD_GRAVITY)
MILLIMETERS_PER_SECOND_SQUARED = Unit("mm/s²", "g", 1e-3 / STANDARD_GRAVITY)
MICRO_G = Unit("µg", "g", 1e-6)
DEGREES_PER_SECOND = Unit("deg/s", "deg/s", 1.0)
RADIANS_PER_SECOND = Unit("rad/s", "deg/s", degrees(1.0))
MILLI_DEGREES_PER_SECOND = Unit("mdeg/s", "deg/s", 1e-3)
MILLI_RADIANS_PER_SECOND = Unit("mrad/s", "deg/s", degrees(1e-3))
METER = Unit("m", "m", 1.0)
CENTIMETER = Unit("cm", "m", 1e-2)
MILLIMETER = Unit("mm", "m", 1e-3)
INCH = Unit("in", "m", 0.0254)
FOOT = Unit("ft", "m", 0.3048)

_SPELLINGS: tuple[tuple[Unit, str], ...] = (
    (G, "g gs g0 gee gees gn gravity gravities gunit gunits gearth standardgravity g-force gforce"),
    (MILLI_G, "mg milli-g millig milligs mgs mgee milligravity milligs milligravities"),
    (
        METERS_PER_SECOND_SQUARED,
        "m/s2 m/s/s ms-2 m.s-2 m·s-2 m*s-2 m/sec2 m/sec/sec mps2 mpss meters/second2 metres/second2 "
        "meters/s2 metres/s2 meterspersecondsquared metrespersecondsquared meterpersecondsquared "
        "m/secsquared m/(s2) m/ss",
    ),
    (CENTIMETERS_PER_SECOND_SQUARED, "cm/s2 cm/s/s cms-2 cm.s-2 cm·s-2 cm*s-2 centimeters/second2 gal gals"),
    (MILLIMETERS_PER_SECOND_SQUARED, "mm/s2 mm/s/s mms-2 mm.s-2 mm·s-2 mm*s-2 millimeters/second2"),
    (MICRO_G, "µg ug micro-g microg"),
    (
        DEGREES_PER_SECOND,
        "deg/s d/s deg/sec dps °/s °/sec degs/s degree/s degrees/s degrees/sec degrees/second degree/second "
        "degpersec degreespersecond degreepersecond deg.s-1 degs-1 °s-1 deg*s-1 deg·s-1",
    ),
    (
        RADIANS_PER_SECOND,
        "rad/s rad/sec rads/s rps radian/s radians/s radians/sec radians/second radian/second rads-1 "
        "rad.s-1 rad*s-1 rad·s-1 radianspersecond radianpersecond radpersec",
    ),
    (
        MILLI_DEGREES_PER_SECOND,
        "mdps mdeg/s mdeg/sec mdegs/s m°/s milli-dps millidps millideg/s millidegree/s millidegrees/s "
        "millidegrees/second millidegreespersecond mdegpersec mdegs-1",
    ),
    (
        MILLI_RADIANS_PER_SECOND,
        "mrad/s mrad/sec mrads-1 mrad.s-1 milliradian/s milliradians/s milliradianspersecond",
    ),
    (METER, "m meter meters metre metres"),
    (CENTIMETER, "cm centimeter centimeters centimetre centimetres"),
    (MILLIMETER, "mm millimeter millimeters millimetre millimetres"),
    (INCH, "in inch inches"),
    (FOOT, "ft foot feet"),
)

_TRANSLATION = str.maketrans(
    {
        "²": "2",
        "⁻": "-",
        "−": "-",
        "¹": "1",
        "º": "°",
        "˚": "°",
        "^": "",
        "[": "",
        "]": "",
        "μ": "µ",
        "Μ": "µ",  # what capitals make of it
        "Â": "",
        "⋅": "·",
        "∕": "/",
        "⁄": "/",
    }
)


def _key(text: str) -> str:
    """Case, spaces, carets and superscripts do not tell units apart (no pair here differs only by case)."""
    plain = "".join(text.translate(_TRANSLATION).replace("**", "").lower().split()).replace("_", "")
    return plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain


UNITS = MappingProxyType(
    {_key(spelling): known for known, spellings in _SPELLINGS for spelling in spellings.split()}
)
"""Normalized spelling -> unit."""


def unit(text: str) -> Unit | None:
    """The unit that `text` means, in any of its spellings; None where it is not one of ours."""
    return UNITS.get(_key(text))


def names(canonical: str) -> tuple[str, ...]:
    """The units that convert to `canonical`, by their usual spelling, for messages."""
    return tuple(dict.fromkeys(known.name for known, _ in _SPELLINGS if known.canonical == canonical))
