"""Amounts as Kubernetes writes them: ``250m``, ``1.5``, ``512Mi``, ``1e3``. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d{1,3})|(m|k|M|G|T|P|E|n|u|Ki|Mi|Gi|Ti|Pi|Ei))?")

_FACTORS = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", 1)},
}


def quantity(value: object) -> Fraction | None:
    """The amount that a value is, exactly; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _FORM.fullmatch(str(value).strip())
    if found is None:
        return None
    number, power, suffix = found.groups()
    if power is not None:
        return Fraction(number) * Fraction(10) ** int(power)
    return Fraction(number) * _FACTORS.get(suffix or "", Fraction(1))


def shown(amount: Fraction, resource: str) -> str:
    """The amount as a person would write it for this resource (``cpu``, ``requests.memory``, ``pods``)."""
    if resource.endswith(("memory", "storage")):
        for suffix in ("Gi", "Mi", "Ki"):
            if amount >= _FACTORS[suffix] and (amount / _FACTORS[suffix]).denominator == 1:
                return f"{amount / _FACTORS[suffix]}{suffix}"
    if amount.denominator == 1:
        return str(amount)
    thousandths = amount * 1000
    return f"{thousandths}m" if thousandths.denominator == 1 else f"{float(amount):g}"
