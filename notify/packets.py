"""PUBLISH packets of MQTT 3.1.1 in a buffer, many at once. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

_PUBLISH: Final = 0x30
_KIND_WITHOUT_DUP_AND_RETAIN: Final = 0xF4
"""What of the first byte must be ``_PUBLISH``: the kind, and the bit of quality 2."""

_QUALITY_1: Final = 0x02
_PUBACK: Final = b"\x40\x02"
_MOST_LENGTH_BYTES: Final = 4


class Run(NamedTuple):
    """``payloads`` in order, the ``acknowledgements`` that they ask for, and where the next packet begins."""

    payloads: list[bytes]
    acknowledgements: bytes
    end: int


def text(value: str) -> bytes:
    """As it stands in a packet: its length in two bytes, and UTF-8. Raises ValueError when it is too long."""
    encoded = value.encode()
    if len(encoded) > 0xFFFF:
        raise ValueError(f"a text in a packet has at most 65,535 bytes, not {len(encoded)}")
    return len(encoded).to_bytes(2, "big") + encoded


def publications(data: bytes, at: int, topic: bytes) -> Run:
    """The whole packets from ``at`` on that publish to ``topic`` (as ``text`` gives it), quality 0 or 1.

    Ends before the first that is another one, is not whole, or is wrong in any way.
    """
    payloads: list[bytes] = []
    acknowledgements: list[bytes] = []
    size, limit = len(topic), len(data)
    while at + 2 <= limit and data[at] & _KIND_WITHOUT_DUP_AND_RETAIN == _PUBLISH:
        length, start = data[at + 1], at + 2
        if length & 0x80:
            length, start = _long(data, at + 1)
            if not start:
                break
        stop = start + length
        body = start + size
        if stop > limit or body > stop or not data.startswith(topic, start):
            break
        if data[at] & _QUALITY_1:
            number, body = data[body : body + 2], body + 2
            if body > stop:
                break
            acknowledgements += (_PUBACK, number)
        payloads.append(data[body:stop])
        at = stop
    return Run(payloads, b"".join(acknowledgements), at)


def _long(data: bytes, at: int) -> tuple[int, int]:
    """The length of several bytes and where what it counts begins; 0 as the latter when it is not whole."""
    length = 0
    for place, byte in enumerate(data[at : at + _MOST_LENGTH_BYTES]):
        length |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return length, at + place + 1
    return 0, 0
