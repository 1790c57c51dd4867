# SPDX-License-Identifier: Apache-2.0
"""Packs of a few rules, written as the `spec` of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.model import Level, Outcome
from hpa_discovery.packs.contracts import load_contracts

SOURCE = "openstack.flavor"
CONTRACTS = load_contracts()
Spec = Mapping[str, Any]


def emit(*attributes: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """An `emit` of the feature `numa`; with no attribute it writes the let `x` under the key `k`."""
    entries = list(attributes) or [{"key": "k", "from": "x"}]
    return {"feature": "numa", "version": "v1", "architecture": "generic", "attributes": entries, **members}


def lets(**paths: str | tuple[str, str] | Mapping[str, Any]) -> dict[str, Any]:
    """Lets of type string from paths; of another type from (path, type); or as they are."""
    forms = {str: lambda path: {"path": path, "type": "string"}, tuple: lambda pair: {"path": pair[0], "type": pair[1]}}
    return {name: forms.get(type(value), dict)(value) for name, value in paths.items()}


def pack(*specs: Spec, namespace: str = "acme.test", level: Level = "vendor", **members: Any) -> Pack:
    """A pack whose rules are `a`, `b`, ...; a spec without `emit` writes its let `x` as the feature f-a, f-b, ..."""
    rules = []
    for number, spec in enumerate(specs):
        name = f"{number:03}" if len(specs) > 26 else chr(ord("a") + number)
        metadata = {"id": f"{namespace}/{name}", "title": name, "maturity": "stable"}
        whole = {"source": SOURCE, "emit": emit(feature=f"f-{name}"), **spec}
        rules.append(parse_rule({"metadata": metadata, "spec": whole}))
    features = tuple(dict.fromkeys(rule.emit.feature for rule in rules))
    known = Pack(namespace, "1.0.0", level, "default", features, {}, {}, tuple(rules))
    return replace(known, **members)


def generation(*specs: Spec, limits: Limits = DEFAULT, **members: Any) -> Generation:
    """A generation of one such pack."""
    return compile_packs([pack(*specs, **members)], CONTRACTS, limits)


def ask(*specs: Spec, flavor: Any = None, context: Any = None, **members: Any) -> Outcome:
    """What such a pack says of a flavor; one without extra specs when none is given."""
    return generation(*specs, **members).evaluate(SOURCE, {"extra_specs": {}} if flavor is None else flavor, context)


def texts(outcome: Outcome) -> dict[str, str]:
    """The attributes of the only capability: {key: text}."""
    (capability,) = outcome.capabilities
    return {attribute.key: attribute.text for attribute in capability.attributes}


def codes(outcome: Outcome) -> list[str]:
    """The codes of the diagnostics."""
    return [diagnostic.code for diagnostic in outcome.diagnostics]


def unknowns(outcome: Outcome) -> Sequence[tuple[str, str, str]]:
    """(feature, discriminator, code) of all that is unknown."""
    return [(unknown.feature, unknown.discriminator, unknown.code) for unknown in outcome.unknown]
