"""What the receiver takes from its buffer is what paho itself would have read, however the bytes came."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import _ConnectionState

from notify.packets import publications, text
from notify.receiver import Receiver

from .wire import PINGRESP, packet, peer_of, published

TOPIC = "cm/notify"
PINGREQ = b"\xc0\x00"
LONG = b"x" * 70_000

messages = st.builds(
    published,
    st.sampled_from([TOPIC, TOPIC, TOPIC, "cm/notif", "cm/notify/x"]),
    st.one_of(st.binary(max_size=40), st.sampled_from([b"", b"y" * 127, b"z" * 300, LONG])),
    st.integers(0, 65_535),
    st.sampled_from([0, 1, 8, 9]),
)
streams = st.lists(st.one_of(messages, messages, st.just(PINGRESP)), max_size=12)


def of_both(parts: list[bytes]) -> list[tuple[list[bytes], bytes]]:
    """What paho's client and ours handed over and answered, when the bytes came in these parts."""
    found = []
    for sort in (Client, Receiver):
        with peer_of(sort, TOPIC) as peer:
            said = b""
            for part in parts:
                peer.give(part)
                said += peer.answered()
            found.append((peer.payloads, said))
    return found


@settings(deadline=None, max_examples=60)
@given(stream=streams, cuts=st.lists(st.floats(0, 1), max_size=4))
def test_messages_and_acknowledgements_are_those_of_paho(stream: list[bytes], cuts: list[float]) -> None:
    whole = b"".join(stream)
    places = [0, *sorted(int(cut * len(whole)) for cut in cuts), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(places) if end > start]
    theirs, ours = of_both(parts)
    assert ours == theirs


@settings(deadline=None, max_examples=60)
@given(before=streams, rubbish=st.binary(min_size=1, max_size=60))
def test_rubbish_ends_the_connection_when_it_ends_that_of_paho(before: list[bytes], rubbish: bytes) -> None:
    ended = []
    for sort in (Client, Receiver):
        with peer_of(sort, TOPIC) as peer:
            peer.give(b"".join(before) + rubbish)
            ended.append((peer.payloads, peer.client.socket() is None))
    assert ended[0] == ended[1]


@given(data=st.binary(max_size=200), at=st.integers(0, 210))
def test_no_bytes_upset_the_reading_of_packets(data: bytes, at: int) -> None:
    run = publications(data, at, text(TOPIC))
    assert run.end == at or at < run.end <= len(data)
    assert bool(run.payloads) == (run.end > at)


def test_whole_messages_do_not_go_through_paho() -> None:
    with peer_of(Receiver, TOPIC) as peer:
        peer.client._handle_publish = None
        peer.give(b"".join(published(TOPIC, b"%d" % n, n) for n in range(1, 900)))
        assert peer.payloads == [b"%d" % n for n in range(1, 900)]
        assert peer.client.taken == 899
        assert peer.answered() == b"".join(b"\x40\x02" + n.to_bytes(2, "big") for n in range(1, 900))


def test_a_message_that_says_less_than_its_number_needs_is_left_to_paho() -> None:
    short = packet(0x32, text(TOPIC) + b"\x00")
    assert publications(short, 0, text(TOPIC)).end == 0


def test_a_pattern_is_listened_to_as_well() -> None:
    with peer_of(Receiver, "cm/+") as peer:
        peer.give(published("cm/a", b"1", 1) + published("dm/a", b"2", 2) + published("cm/b", b"3"))
        assert peer.payloads == [b"1", b"3"]
        assert peer.answered() == b"\x40\x02\x00\x01\x40\x02\x00\x02"


def test_acknowledgements_wait_until_the_message_was_taken() -> None:
    with peer_of(Receiver, TOPIC) as peer:
        said: list[bytes] = []
        peer.client.listen(TOPIC, lambda *_: said.append(peer.answered()))
        peer.give(published(TOPIC, b"a", 7))
        assert said == [b""]
        assert peer.answered() == b"\x40\x02\x00\x07"


def test_messages_that_need_no_answer_do_not_stand_for_a_ping() -> None:
    with peer_of(Receiver, TOPIC) as peer:
        client = peer.client
        client._state = _ConnectionState.MQTT_CS_CONNECTED
        # a broker ends a link on which it has heard nothing for longer, however much it sends itself
        client._last_msg_out = time.monotonic() - client.keepalive - 1
        peer.give(published(TOPIC, b"a"))
        client.loop_misc()
        client.loop_write()
        assert peer.answered() == PINGREQ
