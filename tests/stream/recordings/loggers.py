"""Tables as loggers write them: the lines of their exports, with two seconds at rest and a known turn.

The headers are those of files that the loggers' users published.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

N = 100
"""Samples, at 50 Hz where a format has no rate of its own."""
G = 9.80665
EPOCH = 1_700_000_000


def rows(form: Callable[[int, float], str], rate: float = 50.0) -> Iterator[str]:
    """A line a sample: `form` of its number and its time in s."""
    return (form(k, k / rate) for k in range(N))


def write(path: Path, header: str, lines: Iterator[str], encoding: str = "utf-8") -> Path:
    """A file of a header and lines, with the ends of lines of Windows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding, newline="\r\n")
    return path


def phyphox(path: Path, name: str = "Acceleration", unit: str = "m/s^2") -> Path:
    """One sensor of phyphox in one file."""
    head = ",".join(['"Time (s)"', *(f'"{name} {x} ({unit})"' for x in "xyz"), f'"Absolute ({unit})"'])
    value = G if unit == "m/s^2" else 0.5
    return write(path, head, rows(lambda k, t: f"{t:.9E},0.0E0,0.0E0,{value:.6E},{value:.6E}"))


def sensor_logger(folder: Path, *names: str) -> Path:
    """Sensor Logger: a file a sensor, z before y before x, and those about the device."""
    values = {"TotalAcceleration": G, "Accelerometer": 0.01, "Gyroscope": 0.5, "Gravity": G}
    for name in names or values:
        line = values[name]
        write(
            folder / f"{name}.csv",
            "time,seconds_elapsed,z,y,x",
            rows(lambda k, t, line=line: f"{EPOCH * 10**9 + k * 20_000_000},{t:.6f},{line},0.0,0.0"),  # type: ignore[misc]
        )
    write(folder / "Metadata.csv", "version,device name,recording time", iter(["3,phone,2024-01-31"]))
    write(
        folder / "Annotation.csv",
        "time,seconds_elapsed,text,millisecond_press_duration",
        iter([f"{EPOCH}000000000,0.5,walk,0"]),
    )
    return folder


def sensorlog(path: Path, *, accelerometer: bool = True, twice: bool = False) -> Path:
    """SensorLog for iOS: everything in one file, its label 0 where none was set."""
    acc = [f"accelerometerAcceleration{x}(G)" for x in "XYZ"] if accelerometer else []
    raw = [f"gyroRotation{x}(rad/s)" for x in "XYZ"] if twice else []
    head = [
        *("loggingTime(txt)", "loggingSample(N)", "identifierForVendor(txt)"),
        *(["accelerometerTimestamp_sinceReboot(s)", *acc] if acc else []),
        *(["gyroTimestamp_sinceReboot(s)", *raw] if raw else []),
        *("motionTimestamp_sinceReboot(s)", "motionYaw(rad)"),
        *(f"motionRotationRate{x}(rad/s)" for x in "XYZ"),
        *(f"motionUserAcceleration{x}(G)" for x in "XYZ"),
        *("motionAttitudeReferenceFrame(txt)", "label(N)"),
    ]

    def line(k: int, t: float) -> str:
        cells = [f"2024-01-31 12:00:{t:06.3f} +0100", str(k), "8A-B"]
        cells += [f"{62608 + t:.6f}", "0.0", "0.0", "-1.0"] if acc else []
        cells += [f"{62608 + t:.6f}", "0.5", "0.0", "0.0"] if raw else []
        cells += [f"{62608 + t:.6f}", "0.1", "0.5", "0.0", "0.0", "0.0", "0.0", "0.0", "XArbitrary", "0"]
        return ",".join(cells)

    return write(path, ",".join(head), rows(line))


def dot(path: Path, *, free: bool = False) -> Path:
    """Xsens (Movella) DOT: ten lines about the device, and a comma at the end of each line."""
    acc = "FreeAcc" if free else "Acc"
    head = "\n".join(
        (
            *(
                "sep=,",
                "DeviceTag:,1",
                "FirmwareVersion:,3.0.0",
                "AppVersion:,2023.6.0",
                "SyncStatus:,Synced",
            ),
            *("OutputRate:,60Hz", "FilterProfile:,General", "Measurement Mode:,Sensor fusion Mode"),
            *("StartTime: ,2025-07-11_20:06:00_086 WEST", "© Movella Technologies B. V. 2005-2025", ""),
            f"PacketCounter,SampleTimeFine,Euler_X,Euler_Y,Euler_Z,{acc}_X,{acc}_Y,{acc}_Z,Gyr_X,Gyr_Y,Gyr_Z,Status,",
        )
    )
    begin = 2**32 - 500_000  # its counter of µs begins anew

    def line(k: int, t: float) -> str:
        return f"{k},{(begin + round(k * 1e6 / 60)) % 2**32},1,2,3,0.0,0.0,{G},28.6,0.0,0.0,0,"

    return write(path, head, rows(line, 60))


def shimmer(path: Path) -> Path:
    """Consensys: its separator in quotes, then names, forms and units, and a tab at the end of each line."""
    names = ["Timestamp_Unix", *(f"Accel_LN_{x}" for x in "XYZ"), *(f"Accel_WR_{x}" for x in "XYZ")]
    names += [f"Gyro_{x}" for x in "XYZ"]
    units = ["ms", *["m/(s^2)"] * 6, *["deg/s"] * 3]
    head = "\n".join(
        (
            '"sep=\t"',
            "\t".join(f"Shimmer_8665_{name}_CAL" for name in names) + "\t",
            "\t".join(units) + "\t",
        )
    )

    def line(k: int, t: float) -> str:
        return (
            "\t".join(map(str, (f"{EPOCH * 1000 + k * 20}.5", 0.0, 0.0, G, 0.1, 0.1, G, 28.6, 0.0, 0.0)))
            + "\t"
        )

    return write(path, head, rows(line))


def actigraph(
    path: Path, *, rate: str = " at 30 Hz ", headings: str = "Accelerometer X,Accelerometer Y,Accelerometer Z"
) -> Path:
    """ActiLife's raw data."""
    head = "\n".join(
        (
            f"------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.4 Firmware v3.2.1 "
            f"date format M/d/yyyy{rate} Filter Normal -----------",
            *("Serial Number: NEO1F16120034", "Start Time 10:00:00", "Start Date 3/13/2024"),
            *("Epoch Period (hh:mm:ss) 00:00:00", "Download Time 12:31:05", "Download Date 3/14/2024"),
            *("Current Memory Address: 0", "Current Battery Voltage: 4.07     Mode = 12", "-" * 50),
            *([headings] if headings else ()),
        )
    )

    def line(k: int, t: float) -> str:
        stamp = f"3/13/2024 10:00:{t:06.3f}," if "Timestamp" in headings else ""
        further = ",25.0,28.6,0.0,0.0" if "Gyroscope" in headings else ""
        return f"{stamp}0.000,0.000,1.000{further}"

    return write(path, head, rows(line, 30))


def axivity(path: Path, header: str = "") -> Path:
    """Open Movement's table of an AX3 or, with a gyroscope, an AX6."""
    gyro = ",28.6,0.0,0.0" if "Gyro" in header else ""

    def form(k: int, t: float) -> str:
        return f"2024-03-13 10:00:{t:06.3f},0.000000,0.000000,1.000000{gyro}"

    if header:
        return write(path, header, rows(form))
    first, *others = rows(form)
    return write(path, first, iter(others))


def explore(path: Path) -> Path:
    """Mentalab Explore's table of its IMU."""
    head = "TimeStamp,ax,ay,az,gx,gy,gz,mx,my,mz"
    return write(path, head, rows(lambda k, t: f"{100 + t:.4f},0.0,0.0,1000.0,28600.0,0.0,0.0,1,2,3"))


def metamotion(folder: Path) -> Path:
    """MetaBase: a file a sensor, named after device, sensor and rate."""
    for sensor, rate, unit, line in (
        ("Accelerometer", "50.000", "g", "0.000,0.000,1.000"),
        ("Gyroscope", "50.000", "deg/s", "28.600,0.000,0.000"),
    ):
        write(
            folder / f"MetaWear_2024-01-31T12.00.00.000_C8D4A1_{sensor}_{rate}Hz_1.5.0.csv",
            f"epoc (ms),timestamp (+0100),elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})",
            rows(
                lambda k, t, line=line: f"{EPOCH * 1000 + k * 20},2024-01-31T12:00:{t:06.3f},{t:.3f},{line}"
            ),  # type: ignore[misc]
        )
    return folder


def geneactiv(path: Path) -> Path:
    """GENEActiv: a hundred lines about device and wearer, and milliseconds behind a colon."""
    about = ["Device Type,GENEActiv", "Device Model,1.1", "Device Unique Serial Code,012345"]
    about += ["Device Firmware Version,Ver 04.10c", "Calibration Date,2012-05-02 17:00:00:000", ""]
    about += ["Measurement Frequency,50.0 Hz", "Measurement Period,168 Hours", ""]
    about += [""] * (100 - len(about))
    return write(
        path,
        "\n".join(about),
        rows(
            lambda k, t: f"2012-05-23 16:47:{int(t):02d}:{k * 20 % 1000:03d},0.0,0.0,1.0,3,0,24.1,0.0,0,0,0,0"
        ),
    )


def empatica(path: Path) -> Path:
    """E4: its start and its rate once a column, then steps of 1/64 g."""
    head = ", ".join(["1544027337.000000"] * 3) + "\n" + ", ".join(["32.000000"] * 3)
    return write(path, head, rows(lambda k, t: "0,0,64"))


def polar(folder: Path) -> Path:
    """Polar Sensor Logger: texts, separated by semicolons, on the sensor's clock in ns."""
    for sensor, unit, value in (
        ("ACC", "mg", "0;0;1000"),
        ("GYRO", "dps", "28.6;0.0;0.0"),
        ("PPG", "", "1;2;3"),
    ):
        axes = ";".join(f"{x} [{unit}]" for x in "XYZ") if unit else "channel 0;channel 1;channel 2"
        write(
            folder / f"Polar_Sense_0A1B2C3D_20240131_120000_{sensor}.txt",
            f"Phone timestamp;sensor timestamp [ns];{axes}",
            rows(
                lambda k, t, value=value: (
                    f"2024-01-31T12:00:{t:06.3f};{760_000_000_000_000_000 + k * 20_000_000};{value}"
                )
            ),  # type: ignore[misc]
        )
    return folder
