# SPDX-License-Identifier: Apache-2.0
"""How the messages of emit name its parts, and which absent name left one without a value.

A message names the attribute as it would have been written and the member of
the subject that was looked for, since whoever runs a cloud knows these and not
the rule. What is sensitive is masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hpa_discovery.discovery.bindings import RuleFault
from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.masking import Masks
from hpa_discovery.discovery.origins import Origins, path_text, value_at
from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import Meter
from hpa_discovery.language.messages import compile_message
from hpa_discovery.language.rule import AttributeEntry, Rule
from hpa_discovery.language.templates import compile_template

_MOST_ORIGINS = 2  # members told behind one absent name; more say nothing
_MOST_ABSENT = 3  # absent names told of one template
_SHOWN = 80  # characters of a key that a message shows


def shown(key: str) -> str:
    """An attribute's key, short enough for a message."""
    return key if len(key) <= _SHOWN else f"{key[: _SHOWN - 3]}..."


class Missing:
    """Faults `emit.missing` of one rule. Everything is worked out when there is a fault, which is seldom."""

    __slots__ = ("_rule", "masks")

    def __init__(self, rule: Rule, masks: Masks) -> None:
        self._rule = rule
        self.masks = masks

    def key(self, template: str, names: Mapping[str, Any], meter: Meter) -> str:
        """An attribute's key for a message; its template where it has none."""
        try:
            text = compile_message(template, self.masks.hides if self.masks.names else None)(names, meter)
        except TemplateError:  # a list or an object, which no text can hold
            text = None
        return shown(text or template)

    def attribute(self, entry: AttributeEntry, names: Mapping[str, Any], meter: Meter) -> RuleFault:
        """The fault of an attribute without a value."""
        what = f"attribute {self.key(entry.key, names, meter)}"
        if entry.var is not None:
            return self._fault(what, [(entry.var,)], names)
        return self.template(what, entry.value or "", names)

    def template(self, what: str, template: str, names: Mapping[str, Any]) -> RuleFault:
        """The fault of `what`, which a template writes."""
        return self._fault(what, sorted(compile_template(template).paths), names)

    def _fault(self, what: str, read: Iterable[Path], names: Mapping[str, Any]) -> RuleFault:
        paths = [path for path in read if value_at(names, path) is None]
        absent = [self._told(path) for path in paths[:_MOST_ABSENT]]
        reason = (
            f"{' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} absent" if absent else "its text is empty"
        )
        return RuleFault("emit.missing", f"the {what} has no value: {reason}")

    def _told(self, path: Path) -> str:
        """The name or member, and where its value would come from."""
        origins = [origin for origin in Origins(self._rule).of_name(path[0]) if origin != path[:1]]
        known = ", ".join(map(path_text, origins)) if 0 < len(origins) <= _MOST_ORIGINS else ""
        return f"{path_text(path)} ({known})" if known else path_text(path)
