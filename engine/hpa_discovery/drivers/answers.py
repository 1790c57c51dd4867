# SPDX-License-Identifier: Apache-2.0
"""What a driver may answer, checked: what does not hold is refused as a whole, since nobody knows what else is wrong.

    {"capabilities": [{"feature", "architecture", "version", "discriminator"?,
                       "attributes": {key: {"value": text | number | [text | number], "unit"?: "KB|MB|GB"}}}],
     "diagnostics"?: [{"code", "level": "error|warning|info", "message", "feature"?, "discriminator"?}]}

A diagnostic of level error says that a feature could not be judged: its own `feature`
(and `discriminator`), else every feature of the driver. What words and values may be is in words.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NoReturn

from hpa_discovery.discovery.bindings import RuleFault
from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.discovery.emission import capability_excess
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.words import wrong_words
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.driver import Driver
from hpa_discovery.language.values import decimal_text, is_usable, printable, show
from hpa_discovery.model import (
    ANY_DISCRIMINATOR,
    ENGINE_CODES,
    UNITS,
    Attribute,
    Capability,
    Diagnostic,
    Unknown,
    make_attribute,
)

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_LEVELS = ("error", "warning", "info")
_LONGEST = 1000  # characters of a message


def check_answer(driver: Driver, answer: Mapping[str, Any], limits: Limits = DEFAULT) -> DriverAnswer:
    """The answer of `driver`, as values of ours. DriverFault driver.refused with the first thing that is wrong."""
    _members(answer, "the answer", {"id", "capabilities"}, {"diagnostics"})
    found = _list(answer["capabilities"], "capabilities")
    if len(found) > limits.capabilities:
        _refuse(f"{len(found)} capabilities; at most {limits.capabilities} of one subject are written")
    capabilities = [_capability(driver, item, limits) for item in found]
    problem = None if driver.start == "onap" else wrong_words(capabilities)
    if problem is not None:
        _refuse(problem)
    if len({capability.instance for capability in capabilities}) != len(capabilities):
        _refuse("two capabilities of one feature, architecture, version and discriminator")
    said = _list(answer.get("diagnostics", []), "diagnostics")
    if len(said) > limits.diagnostics:  # each may make every feature unknown
        _refuse(f"{len(said)} diagnostics; at most {limits.diagnostics} of one subject are taken")
    told = [_diagnostic(driver, item) for item in said]
    unknown = [item for _, unknowns in told for item in unknowns]
    return DriverAnswer(tuple(capabilities), tuple(unknown), tuple(diagnostic for diagnostic, _ in told))


def _capability(driver: Driver, item: Any, limits: Limits) -> Capability:
    _members(item, "a capability", {"feature", "architecture", "version", "attributes"}, {"discriminator"})
    feature = _text(item["feature"], "a feature")
    if feature not in driver.features:
        _refuse(f"a capability of the feature {show(feature)}; its driver.yaml has {', '.join(driver.features)}")
    capability = Capability(
        feature,
        _text(item["version"], f"the version of {feature}"),
        _text(item["architecture"], f"the architecture of {feature}"),
        _instance(item.get("discriminator"), f"the discriminator of {feature}"),
        tuple(_attributes(feature, item["attributes"], limits)),
    )
    try:
        capability_excess(capability, limits)
    except RuleFault as fault:
        _refuse(fault.message)
    return capability


def _instance(value: Any, what: str) -> str:
    if value is None:
        return ""
    if value == ANY_DISCRIMINATOR:
        _refuse(f"{what} as {show(value)}, which stands for every instance; leave it out where there is only one")
    return _text(value, what, empty=True)


def _attributes(feature: str, attributes: Any, limits: Limits) -> Iterator[Attribute]:
    if not isinstance(attributes, dict) or not attributes:
        _refuse(f"{feature} has {show(attributes)} for attributes; OOF needs at least one, by its key")
    if len(attributes) > limits.attributes:
        _refuse(f"{feature} has {len(attributes)} attributes; at most {limits.attributes} are written")
    for key, held in attributes.items():
        what = f"the attribute {show(key)} of {feature}"
        _members(held, what, {"value"}, {"unit"})
        value, unit = _value(held["value"], what), held.get("unit")
        if unit is not None:
            if unit not in UNITS:
                _refuse(f"{what} has the unit {show(unit)}; OOF reads {', '.join(UNITS)}")
            if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
                _refuse(f"{what} has a unit, so {show(held['value'])} must be a whole number")
        yield make_attribute(_text(key, "an attribute key"), value, unit)


def _value(value: Any, what: str) -> str | tuple[str, ...]:
    if isinstance(value, list) and value:
        return tuple(_scalar(item, what) for item in value)
    return _scalar(value, what)


def _scalar(value: Any, what: str) -> str:
    return decimal_text(value) if is_usable(value) else _text(value, what)


def _diagnostic(driver: Driver, item: Any) -> tuple[Diagnostic, list[Unknown]]:
    _members(item, "a diagnostic", {"code", "level", "message"}, {"feature", "discriminator"})
    code, level, message = item["code"], item["level"], _told(item["message"])
    if not isinstance(code, str) or not _CODE.fullmatch(code) or len(code) > 64:
        _refuse(f"a diagnostic with the code {show(code)}; codes are lower-case words joined by dots")
    if code.partition(".")[0] in ENGINE_CODES:
        _refuse(f"a diagnostic with the code {show(code)}, which only the engine gives")
    if level not in _LEVELS:
        _refuse(f"a diagnostic of the level {show(level)}; levels are {', '.join(_LEVELS)}")
    diagnostic = Diagnostic(code, driver.id, level, message)
    if level != "error":
        return diagnostic, []
    feature = item.get("feature")
    if feature is not None and feature not in driver.features:
        _refuse(f"a diagnostic of the feature {show(feature)}; its driver.yaml has {', '.join(driver.features)}")
    which = ANY_DISCRIMINATOR if item.get("discriminator") is None else _text(item["discriminator"], "a discriminator")
    features = driver.features if feature is None else (feature,)
    return diagnostic, [Unknown(each, which, driver.id, code, message) for each in features]


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(f"{what} is {show(value)}; a list is needed")
    return value


def _members(value: Any, what: str, needed: Collection[str], allowed: Collection[str]) -> None:
    if not isinstance(value, dict):
        _refuse(f"{what} is {show(value)}; an object is needed")
    for name in needed:
        if name not in value:
            _refuse(f"{what} has no {name}")
    for name in value:
        if name not in needed and name not in allowed:
            _refuse(f"{what} has the member {show(name)}; known are {', '.join(sorted((*needed, *allowed)))}")


def _text(value: Any, what: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty):
        _refuse(f"{what} is {show(value)}; a text that is not empty is needed")
    if not value.isprintable():
        _refuse(f"{what} as {show(value)}, with a character that cannot be printed")
    return value


def _told(message: Any) -> str:
    """A message for people, on one line: what an exception says often has several."""
    if not isinstance(message, str) or not message:
        _refuse(f"a message as {show(message)}; a text that is not empty is needed")
    return printable(message[:_LONGEST])


def _refuse(message: str) -> NoReturn:
    raise DriverFault("driver.refused", f"answered {message}")
