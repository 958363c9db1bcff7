"""The doors of the server, spoken to over real HTTP."""

import contextlib
import socket
import ssl
import time

import httpx
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from hnhar.model.errors import ConfigError
from hnhar.stream.phone import connections, phones, sensor_logger
from hnhar.stream.phone.address import Listen, parse_listen
from hnhar.stream.phone.doors import LARGEST
from hnhar.stream.phone.phones import PHONES, ROWS, Identity, Phones
from hnhar.stream.phone.readings import ACC, GYRO, Readings
from hnhar.stream.phone.server import PhoneServer

from .sending import DEADLINE, TOKEN, message, motion, push, server, until


def test_pushed_readings_are_rows_of_a_phone_at_their_own_stamps() -> None:
    with server() as made:
        times = [1000.0 + k / 50 for k in range(50)]
        answer = push(made, message(motion(times)), params={"name": "anna"})
        assert (answer.status_code, answer.text) == (200, "ok\n")
        (phone,) = made.phones.there()
        assert phone.identity.name == "anna"
        rows, stamps = phone.rows(DEADLINE, 100)
        assert stamps.tolist() == pytest.approx(times)
        assert rows[:, 0].tolist() == pytest.approx([0.001 * k for k in range(50)])
        assert rows[:, 4].tolist() == pytest.approx([0.001 * k for k in range(50)])
        assert phone.status().batch == pytest.approx(0.98)
        assert phone.status().rate == 0.0  # of one message there is none yet


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "this is no message of Sensor Logger: Input data was truncated"),
        (b"x" * (LARGEST + 1), 413, "a message of more than 2 MiB"),
    ],
    ids=["malformed", "oversized"],
)
def test_a_bad_message_is_refused_counted_and_told_and_the_next_one_is_taken(
    body: bytes, status: int, reason: str
) -> None:
    with server() as made:
        answer = push(made, body)
        assert (answer.status_code, answer.text.strip()) == (status, reason)
        assert made.phones.refused == {reason: 1}
        assert push(made, message(motion([1.0, 1.1]))).status_code == 200


def test_a_message_without_a_length_is_cut_off_where_it_is_too_large() -> None:
    with server() as made:
        pieces = (b"x" * 65536 for _ in range(64))
        answer = httpx.post(made.addresses.push, content=pieces, timeout=DEADLINE)
        assert answer.status_code == 413


def test_a_wrong_token_lets_nobody_in_and_is_counted() -> None:
    with server() as made:
        wrong = made.addresses.push.replace(TOKEN, "some-other-token")
        assert httpx.post(wrong, content=message(motion([1.0]))).status_code == 403
        assert httpx.get(wrong.removesuffix("push")).status_code == 403
        assert httpx.get(wrong.replace("push", "status")).status_code == 403
        with pytest.raises(InvalidStatus, match="403"):
            connect(f"{wrong.replace('http', 'ws').removesuffix('push')}socket?id=0123456789")
        assert made.phones.refused == {"wrong token": 4}
        assert made.phones.all() == []


def test_a_page_of_another_site_is_refused_even_with_the_token() -> None:
    with server() as made:
        strange = {"Origin": "https://evil.example"}
        assert push(made, message(motion([1.0])), headers=strange).status_code == 403
        place = f"{made.addresses.push.replace('http', 'ws').removesuffix('push')}socket?id=0123456789"
        with pytest.raises(InvalidStatus, match="403"):
            connect(place, origin="https://evil.example")  # type: ignore[arg-type]
        assert made.phones.refused == {"a page of another site": 2}
        own = made.addresses.push.split("/")[2]
        connect(place, origin=f"http://{own}").close()  # type: ignore[arg-type]


def test_one_phone_too_many_is_refused_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "GONE", 3600.0)  # however long the others take
    with server() as made:
        for k in range(PHONES):
            assert push(made, message(motion([1.0]), device=f"phone{k}")).status_code == 200
        assert push(made, message(motion([1.0]), device="another")).status_code == 429
        assert push(made, message(motion([2.0]), 1, device="phone0")).status_code == 200
        assert len(made.phones.there()) == PHONES


def test_a_flood_is_dropped_and_counted_and_fills_no_memory() -> None:
    phone = Phones(lambda: 0.0).phone(Identity("a", "a", "a"))
    assert phone is not None
    for k in range(30):
        times = 1000.0 + k + np.arange(2500) / 2500
        phone.take([Readings(sensor, times, np.ones((2500, 3))) for sensor in (ACC, GYRO)], 0.0)
    taken = 9  # messages of 5,000 readings in a burst of 12 s at 4,000 a second
    dropped = phone.status().dropped
    assert dropped["flood"] == (30 - taken) * 5000
    assert dropped["unread"] == taken * 2500 - ROWS
    assert len(phone.rows(0.0, 10**6)[1]) == ROWS
    phone.take([Readings(ACC, np.array([2000.0]), np.ones((1, 3)))], 1.0)
    assert phone.status().dropped["flood"] == dropped["flood"]


def test_a_message_that_is_sent_again_is_taken_once() -> None:
    with server() as made:
        body = message(motion([1.0, 1.02]), 7)
        assert push(made, body).text == "ok\n"
        assert push(made, body).text == "sent again\n"
        (phone,) = made.phones.all()
        assert phone.status().received == 2


def test_the_page_is_served_over_https_with_the_certificate_that_is_told() -> None:
    with server() as made:
        place = httpx.URL(made.addresses.page)
        pem = ssl.get_server_certificate((place.host, place.port or 0))
        trusting = ssl.create_default_context(cadata=pem)
        answer = httpx.get(place, verify=trusting)
        assert answer.status_code == 200
        assert "hnhar phone" in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256

        digest = x509.load_pem_x509_certificate(pem.encode()).fingerprint(SHA256())
        assert made.addresses.fingerprint == digest.hex(":").upper()
        for name in ("page.js", "page.css", "status.html", "status.js", "qr.svg"):
            assert httpx.get(place.join(name), verify=trusting).status_code == 200
        assert httpx.get(place.join("..%2fserver.py"), verify=trusting).status_code in (403, 404)


def test_a_certificate_that_is_kept_is_the_same_the_next_time(tmp_path: object) -> None:
    with server(certificate=str(tmp_path)) as made:
        first = made.addresses.fingerprint
    with server(certificate=str(tmp_path)) as made:
        assert made.addresses.fingerprint == first


def test_who_is_connected_is_told_as_json() -> None:
    with server() as made:
        push(made, message(motion([1.0 + k / 50 for k in range(26)])), params={"name": "an\x1bna"})
        push(made, message(motion([1.6 + k / 50 for k in range(26)]), 1), params={"name": "an\x1bna"})
        told = httpx.get(made.addresses.push.replace("push", "status")).json()
        (phone,) = told["phones"]
        assert "\x1b" not in phone["name"]
        assert (phone["app"], phone["sensors"]) == ("Sensor Logger", ["acc", "gyro"])
        assert 40 < phone["rate"] < 60


def test_a_port_that_is_taken_is_told() -> None:
    with server() as made:
        port = httpx.URL(made.addresses.page).port or 0
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 cannot be used"):
            PhoneServer(Listen(port=port), token=TOKEN).start()


def test_a_page_that_is_closed_is_there_no_longer() -> None:
    with server() as made:
        place = (
            f"{made.addresses.push.replace('http', 'ws').removesuffix('push')}socket?id=0123456789&name=ben"
        )
        with connect(place) as socket:
            socket.send('{"samples": [[1.0, 0, 0, 9.8, 1, 2, 3]]}')
            until(lambda: len(made.phones.there()) == 1, "the phone is there")
        until(lambda: not made.phones.there(), "the phone is gone")


def test_connections_that_ask_for_nothing_and_noise_keep_no_phone_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "FIRST", 0.2)
    with server() as made:
        place = httpx.URL(made.addresses.push)
        mute = [socket.create_connection((place.host, place.port or 0)) for _ in range(connections.EACH)]
        noise = [
            b"\x16\x03\x01" * 99,
            b"GET / HTTP/9\r\n\r\n",
            b"\0" * 70_000,
            b"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        ]
        until(lambda: made.phones.refused.get("a connection that asked for nothing") == len(mute), "closed")
        for data in noise:
            with (
                socket.create_connection((place.host, place.port or 0)) as wire,
                contextlib.suppress(OSError),
            ):
                wire.sendall(data)
                wire.settimeout(DEADLINE)
                while wire.recv(65536):
                    pass
        assert push(made, message(motion([1.0]))).status_code == 200
        for wire in mute:
            wire.close()


def test_one_host_holds_no_more_than_its_share_of_connections() -> None:
    with server() as made:
        place = httpx.URL(made.addresses.push)
        held = [socket.create_connection((place.host, place.port or 0)) for _ in range(connections.EACH + 5)]
        until(lambda: made.phones.refused.get("too many connections of one host") == 5, "five are closed")
        for wire in held:
            wire.close()
        until(lambda: _answers(made), "the next is let in")


def _answers(made: PhoneServer) -> bool:
    try:
        return push(made, message(motion([1.0]))).status_code == 200
    except httpx.TransportError:
        return False


def test_a_fault_of_ours_is_counted_and_answered_and_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(body: bytes) -> None:
        raise ZeroDivisionError

    with server() as made:
        with monkeypatch.context() as changed:
            changed.setattr(sensor_logger, "decode", broken)
            assert push(made, b"{}").status_code == 500
        place = httpx.URL(made.addresses.push)
        with socket.create_connection((place.host, place.port or 0)) as wire:
            wire.sendall(b"NOISE\r\n\r\n")
            wire.recv(100)
        assert made.phones.refused == {"a request that failed here (ZeroDivisionError)": 1}
        assert push(made, message(motion([1.0]))).status_code == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("token", ["short", "with/slash-in-it", "ünicode-token", "x" * 65])
def test_a_malformed_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="8 to 64 letters"):
        PhoneServer(Listen(port=0), token=token)


@pytest.mark.parametrize(
    ("address", "listen", "name"),
    [
        ("", Listen(), ""),
        ("9000", Listen(port=9000), ""),
        ("/anna", Listen(), "anna"),
        ("9000,name=anna", Listen(port=9000), "anna"),
        ("0.0.0.0:9000/left wrist", Listen("0.0.0.0", 9000), "left wrist"),
        ("[::1]:9000", Listen("::1", 9000), ""),
    ],
)
def test_addresses_of_sources(address: str, listen: Listen, name: str) -> None:
    assert parse_listen(address) == (listen, name)


@pytest.mark.parametrize("address", ["port", "70000", "a b:1", "1:2:3"])
def test_malformed_addresses_are_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=r"such as phone:|does not exist"):
        parse_listen(address)


def test_only_loopback_is_closed_to_others() -> None:
    assert not any(Listen(host).open for host in ("127.0.0.1", "::1", "localhost"))
    assert all(Listen(host).open for host in ("0.0.0.0", "192.168.1.7", "::", "laptop.local"))


def test_stamps_are_of_a_monotonic_clock() -> None:
    with server() as made:
        before = time.monotonic()
        push(made, message(motion([1.0])))
        (phone,) = made.phones.all()
        assert before <= (phone.clock.offset or 0.0) + 1.0 <= time.monotonic()
