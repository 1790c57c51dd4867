# SPDX-License-Identifier: Apache-2.0
"""Numbers as hardware inventories write them: sizes, Kubernetes quantities, CPU lists.

All arithmetic is exact; a text or number that does not fit is an ExpressionError
invalid-value, never a guess.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.signatures import Function, function, refuse_value
from hpa_discovery.model import UNITS

# Exact arithmetic on longer numbers would take longer than what is charged for it.
_MAX_BITS = 1100

_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,18})\s*", re.ASCII)

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = re.compile(r"([+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}))(.+)?")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,2})")
_DECIMAL_SUFFIX = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIX = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}

# Nova's hw:mem_page_size and the like: every step is 1024, `b` and `bit` are bits.
_SIZE = re.compile(r"([0-9]{1,30})([kKMGT]i?)?(b|bit|B)?")
_BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}

_CPU_RULE = re.compile(r"\s*(\^)?\s*([0-9]{1,9})\s*(?:-\s*([0-9]{1,9})\s*)?", re.ASCII)


def read_int(value: Any) -> int | None:
    """What to_int answers, or None where it refuses. Also the rule index's reading of a number."""
    if isinstance(value, str):
        found = _INTEGER.fullmatch(value)
        return int(found[1]) if found else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def to_int(meter: Meter, value: str | float) -> int:
    """A whole number: itself, a float without fraction, or a text of up to 18 digits with a sign."""
    if isinstance(value, str):
        meter.spend_text(len(value))
    number = read_int(value)
    if number is None:
        raise refuse_value("to_int", value, "a whole number or its text, up to 18 digits")
    return number


def to_quantity(meter: Meter, value: str | float) -> float:
    """A Kubernetes quantity as a number: an int when it is whole, else the nearest float."""
    if isinstance(value, str):
        meter.spend_text(len(value))
        return _plain(_quantity(value))
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise refuse_value("to_quantity", value, "a finite number")
    return int(value) if value.is_integer() else value


def _quantity(text: str) -> Fraction:
    found = _QUANTITY.fullmatch(text)
    step = _step(found[2] or "") if found else None
    if found is None or step is None:
        raise refuse_value("to_quantity", text, "a Kubernetes quantity such as 500m, 128Mi, 1.5G or 1e3")
    return Fraction(found[1]) * step


def _step(suffix: str) -> Fraction | None:
    """What the suffix multiplies by; None when it is none. `E` alone is exa, before digits it is an exponent."""
    if suffix in _BINARY_SUFFIX:
        return Fraction(1024) ** _BINARY_SUFFIX[suffix]
    if suffix in _DECIMAL_SUFFIX:
        return Fraction(10) ** _DECIMAL_SUFFIX[suffix]
    exponent = _EXPONENT.fullmatch(suffix)
    return Fraction(10) ** int(exponent[1]) if exponent else None


def _plain(number: Fraction) -> float:
    return number.numerator if number.denominator == 1 else float(number)


def divide(_: Meter, dividend: float, divisor: float) -> float:
    """The exact quotient: an int when it divides, else a float when one holds it exactly."""
    quotient = _exact(dividend) / _nonzero(divisor)
    if quotient.denominator == 1:
        return quotient.numerator
    try:
        answer = float(quotient)
    except OverflowError:
        answer = math.inf
    if not math.isfinite(answer) or Fraction(answer) != quotient:
        raise refuse_value("divide", [dividend, divisor], "a quotient that a number can hold exactly")
    return answer


def _exact(number: float) -> Fraction:
    if (isinstance(number, int) and number.bit_length() > _MAX_BITS) or not _is_finite(number):
        raise refuse_value("divide", number, f"a finite number of at most {_MAX_BITS} bits")
    return Fraction(number)


def _is_finite(number: float) -> bool:
    return isinstance(number, int) or math.isfinite(number)


def _nonzero(number: float) -> Fraction:
    exact = _exact(number)
    if not exact:
        raise refuse_value("divide", number, "a divisor other than zero")
    return exact


def to_size(meter: Meter, value: str | float, bare_unit: str, wanted: str | None = None) -> dict[str, str]:
    """The size as `{"value": decimal text, "unit": "KB"|"MB"|"GB"}`, the form A&AI holds.

    A number, or a text without a suffix, counts in `bare_unit`. Without `wanted`
    the unit given is kept (TB becomes GB; bytes and bits the largest whole unit)
    and the size must be whole in it; with `wanted` it is rounded down.
    """
    if bare_unit not in _BYTES:
        raise refuse_value("to_size", bare_unit, "a unit of " + ", ".join(_BYTES))
    if wanted is not None and wanted not in UNITS:
        raise refuse_value("to_size", wanted, "a unit of " + ", ".join(UNITS))
    size, given = _size(meter, value, bare_unit)
    unit = wanted or _unit_of(size, given)
    whole, rest = divmod(size, _BYTES[unit])
    if rest and wanted is None:
        raise refuse_value("to_size", value, f"a whole number of {unit}")
    return {"value": str(whole), "unit": unit}


def _size(meter: Meter, value: str | float, bare_unit: str) -> tuple[Fraction, str]:
    """The bytes that `value` stands for and the unit it was given in; "B" for bits too."""
    if not isinstance(value, str):
        if not _is_finite(value) or value < 0 or value > 10**30:
            raise refuse_value("to_size", value, "a size from 0 to 10^30")
        return Fraction(value) * _BYTES[bare_unit], bare_unit
    meter.spend_text(len(value))
    found = _SIZE.fullmatch(value)
    if not found:
        raise refuse_value("to_size", value, "digits with a suffix such as k, MiB, GB or Mbit, or none")
    number, step, kind = Fraction(found[1]), found[2], found[3]
    if step is None and kind is None:
        return number * _BYTES[bare_unit], bare_unit
    unit = step[0].upper() + "B" if step else "B"
    if kind in ("b", "bit"):
        return number * _BYTES[unit] / 8, "B"
    return number * _BYTES[unit], unit


def _unit_of(size: Fraction, given: str) -> str:
    if given == "TB":
        return "GB"
    if given != "B":
        return given
    return next((unit for unit in reversed(UNITS) if size % _BYTES[unit] == 0), "KB")


def count_cpus(meter: Meter, text: str) -> int:
    """How many CPUs Nova's CPU list names: `0-3,5,^2` is 4.

    The syntax of nova.virt.hardware.parse_cpu_spec: numbers and ranges between
    commas, `^` takes away, empty parts are passed over. No set is built, so
    `0-999999999` costs no more than `0-1`.
    """
    meter.spend_text(len(text))
    meter.spend(2 * (text.count(",") + 1))
    named: list[tuple[int, int]] = []
    taken: list[tuple[int, int]] = []
    for part in text.split(","):
        if part.strip():
            found = _CPU_RULE.fullmatch(part)
            start = int(found[2]) if found else 0
            end = int(found[3] or start) if found else -1
            if not found or end < start:
                raise refuse_value("count_cpus", text, "numbers, ranges a-b and ^ before what is taken away")
            (taken if found[1] else named).append((start, end + 1))
    return _length(named + taken) - _length(taken)


def _length(intervals: list[tuple[int, int]]) -> int:
    """How many whole numbers lie in the union of half-open `intervals`."""
    count = 0
    reached = 0
    for start, end in sorted(intervals):
        if end > reached:
            count += end - max(start, reached)
            reached = end
    return count


QUANTITIES: tuple[Function, ...] = (
    function("count_cpus", "string", "number", count_cpus),
    function("divide", "number number", "number", divide),
    function("to_int", "string|number", "number", to_int),
    function("to_quantity", "string|number", "number", to_quantity),
    function("to_size", "string|number string string", "object", to_size, optional=1),
)
