"""Errors that are shown to users.

HnharError                    every error meant for a user; its text says what was asked, found, and to do
├── BundleError               a weights file that is not ours, truncated, newer, or inconsistent
├── RecordingError            a recording that cannot be read, or holds nothing usable
├── ConfigError               options or a TOML file that contradict themselves or name unknown keys
├── SourceError               a stream that was asked for cannot be had or is ambiguous
│   └── ChannelError          its channels, units or placement do not fit what the weights want
│       └── OtherKindError    it has nothing of what a modality is made of
├── PublishError              an address that cannot be bound or reached
└── MissingExtraError         a command needs an optional package; names the extra
"""


class HnharError(Exception):
    """Base of every error that is shown to a user as one message, without a traceback."""


class BundleError(HnharError):
    """A weights file cannot be used."""


class RecordingError(HnharError):
    """A recording cannot be read, or holds nothing usable."""


class ConfigError(HnharError):
    """Options or a configuration file cannot be used."""


class SourceError(HnharError):
    """A stream that was asked for cannot be had, or more than one matches."""


class ChannelError(SourceError):
    """A stream's channels, units, frame or placement do not fit what the weights want."""


class OtherKindError(ChannelError):
    """A stream has nothing of what a modality is made of."""


class PublishError(HnharError):
    """An address cannot be bound or reached."""


class MissingExtraError(HnharError):
    """A command needs a package of an extra that is not installed."""

    def __init__(self, package: str, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the package '{package}': pip install 'hnhar[{extra}]'")
