# SPDX-License-Identifier: Apache-2.0
"""Which rules are blind when a subject lacks a member that its source could not read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.contract import Contract, Path
from hpa_discovery.language.reads import paths, reads_all
from hpa_discovery.language.rule import GroupEntry, Rule
from hpa_discovery.language.templates import compile_template


def readers(rule: Rule, contract: Contract) -> frozenset[Path]:
    """The contract's unknown-when-absent members that the rule reads, directly or through a parent."""
    return hidden_members(set(rule_paths(rule)), contract)


def hidden_members(read: Collection[Path], contract: Contract) -> frozenset[Path]:
    """The contract's unknown-when-absent members that overlap with what is read."""
    return frozenset(
        absent
        for absent in contract.unknown_when_absent
        if any(_overlaps((contract.root, *absent), path) for path in read)
    )


def rule_paths(rule: Rule) -> Iterator[Path]:
    """Every member path that the rule's expressions and templates read, from the names down."""
    for text in rule_expressions(rule):
        tree = parse_rule_expression(text).tree
        yield from paths(tree)
        if reads_all(tree):
            yield (rule.root,)
    for text in rule_templates(rule):
        yield from compile_template(text).paths


def rule_expressions(rule: Rule) -> Iterator[str]:
    """The text of every expression in the rule."""
    if rule.each is not None:
        yield rule.each.path
    yield from (let.path for let in rule.lets)
    for entry in rule.emit.entries:
        if isinstance(entry, GroupEntry):
            yield entry.each.path
            yield from (let.path for let in entry.lets)


def rule_templates(rule: Rule) -> Iterator[str]:
    """The text of every template in the rule."""
    emit = rule.emit
    yield from (requirement.message for requirement in rule.requires)
    yield from (text for text in (emit.version, emit.architecture, emit.discriminator) if text is not None)
    for entry in emit.entries:
        attributes = entry.attributes if isinstance(entry, GroupEntry) else (entry,)
        for attribute in attributes:
            yield from (text for text in (attribute.key, attribute.value, attribute.unit) if text is not None)


def _overlaps(absent: Path, read: Path) -> bool:
    shared = min(len(absent), len(read))
    return absent[:shared] == read[:shared]
