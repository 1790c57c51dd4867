# SPDX-License-Identifier: Apache-2.0
"""The parts of one rule, bound: expressions, conditions and templates as functions of the names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpa_discovery.discovery.bindings import (
    BoundEach,
    Names,
    RuleFault,
    bind_condition,
    bind_lets,
    parse_rule_expression,
)
from hpa_discovery.discovery.dependencies import dependencies
from hpa_discovery.discovery.emission import BoundEmit
from hpa_discovery.discovery.masking import Masks, masks_of, spread
from hpa_discovery.discovery.memo import Memo
from hpa_discovery.discovery.missing import Missing
from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.messages import compile_message
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Each, Requirement, Rule
from hpa_discovery.model import ANY_DISCRIMINATOR


class BoundRequirement:
    """A `require`, bound."""

    __slots__ = ("_message", "code", "holds", "level", "requirement")

    def __init__(self, requirement: Requirement, masks: Masks) -> None:
        self.requirement = requirement
        self.holds = bind_condition(requirement.leaf)
        self.code = requirement.code
        self.level = requirement.level
        self._message = compile_message(requirement.message, masks.hides if masks.names else None)

    def told(self, names: Mapping[str, Any], meter: Meter) -> str:
        """The message for these names."""
        try:
            return self._message(names, meter) or self.requirement.message
        except TemplateError:  # a list or an object, which no text can hold
            return self.requirement.message


class BoundRule:
    """Every part of a rule. `base` holds the names that do not depend on the subject."""

    __slots__ = ("base", "each", "emit", "lets", "memo", "requires", "when")

    def __init__(self, rule: Rule, pack: Pack) -> None:
        discreet, masks = spread(rule), masks_of(rule)
        self.base: Names = {"tables": pack.tables, "params": pack.params}
        self.each = None if rule.each is None else _each(rule.each, masks)
        self.lets = bind_lets(discreet.lets, parse_rule_expression)
        self.when = None if rule.when is None else bind_condition(rule.when)
        self.requires = tuple(BoundRequirement(item, masks) for item in rule.requires)
        self.emit = BoundEmit(discreet.emit, parse_rule_expression, Missing(rule, masks))
        self.memo = Memo(dependencies(rule))

    def instance(self, names: Mapping[str, Any], meter: Meter) -> str:
        """Which instance an answer to these names would be about; "*" where that is not known."""
        try:
            return self.emit.discriminator(names, meter) or ANY_DISCRIMINATOR
        except RuleFault:
            return ANY_DISCRIMINATOR


def _each(each: Each, masks: Masks) -> BoundEach:
    return BoundEach(each, parse_rule_expression, sensitive=masks.hides_expression(each.path))
