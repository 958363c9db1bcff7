"""Options that several commands of `hnhar-train` share, each declared once with its help."""

from hnhar.stream.cli.options.values import Group, at_least

LOOKS = (
    "test subjects are measured only where that is written down: append date and figures to this file, "
    "such as docs/results.md"
)
"""The help of --looks."""


def add_data_option(group: Group) -> None:
    """--data: a corpus."""
    group.add_argument(
        "--data",
        metavar="DIR",
        help="folder of the corpus, UTD-MHAD unless the command or a preset names another, or one that holds "
        "it in a folder of its own (default: HNHAR_DATA of the environment)",
    )


def add_placement_option(group: Group) -> None:
    """--placement of UTD-MHAD's IMU."""
    group.add_argument(
        "--placement",
        choices=("wrist", "thigh"),
        default="wrist",
        help="the actions with the IMU there (default: wrist)",
    )


def add_preset_option(group: Group, quick: str = "a trial of seconds") -> None:
    """--preset; `quick`: what the quick one is."""
    group.add_argument(
        "--preset", choices=("full", "quick"), default="full", help=f"quick: {quick} (default: full)"
    )


def add_bfloat16_option(group: Group) -> None:
    """--bfloat16."""
    group.add_argument(
        "--bfloat16", action="store_true", help="train faster on processors that have it (default: float32)"
    )


def add_session_seed_option(group: Group) -> None:
    """--session-seed."""
    group.add_argument(
        "--session-seed",
        type=at_least(0),
        default=0,
        metavar="N",
        help="of the composition of sessions (default: 0)",
    )


def add_document_options(group: Group, condition: str = "") -> None:
    """--doc and --looks; `condition`: words before their help."""
    group.add_argument(
        "--doc",
        metavar="FILE",
        help=f"{condition}put the table into this file, between its markers (default: none)",
    )
    group.add_argument("--looks", metavar="FILE", help=f"{condition}{LOOKS}")
