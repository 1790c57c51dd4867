# SPDX-License-Identifier: Apache-2.0
"""From YAML events to plain values, and everything in them that is refused.

What can be read is read on, so one run names every duplicate key, alias, tag
and ambiguous scalar; only a syntax error, a second document or a used-up limit
ends the reading.
"""

from __future__ import annotations

import re
from typing import Any

from hpa_discovery.language import yaml_events as ye
from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.scalars import Refused, read_plain
from hpa_discovery.language.yaml_events import Mark
from hpa_discovery.language.yaml_faults import FlowValue, comma_hint, explain, missing_colon_hint
from hpa_discovery.language.yaml_marks import Marks, Pointer
from hpa_discovery.model import Finding

MAX_FINDINGS = 200

_NO_KEY = object()
_DROPPED = object()
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Stop(Exception):
    """The rest of the text is not read."""


class _Frame:
    """An open mapping or sequence. `key` is _NO_KEY when a mapping waits for one, _DROPPED when its value is lost."""

    __slots__ = ("before", "flow", "is_key", "key", "key_event", "value")

    def __init__(self, value: dict[str, Any] | list[Any], flow: bool, is_key: bool) -> None:
        self.value = value
        self.flow = flow
        self.is_key = is_key
        self.key: Any = _NO_KEY
        self.key_event: ye.Event = None
        self.before: FlowValue | None = None


class Builder:
    """Reads one text. After `run`, `value` is None when the text could not be read to its end.

    `doubts` are the places whose value may be another one than was meant; () is the whole.
    """

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self.value: Any = None
        self.findings: list[Finding] = []
        self.doubts: set[Pointer] = set()
        self._text = text
        self._file = file
        self._limits = limits
        self._root: list[Any] = []
        self._frames = [_Frame(self._root, flow=False, is_key=False)]
        self._documents = 0
        self._nodes = 0
        self._last_flow: FlowValue | None = None
        self._marks = Marks(text, 0)
        self._marked = 0  # how many nodes have one
        self._actions = {
            ye.ScalarEvent: self._scalar,
            ye.MappingStartEvent: self._open_mapping,
            ye.SequenceStartEvent: self._open_sequence,
            ye.MappingEndEvent: self._close,
            ye.SequenceEndEvent: self._close,
            ye.AliasEvent: self._alias,
            ye.DocumentStartEvent: self._document,
        }

    def run(self, loader: type = ye.FAST) -> None:
        """Read the text, with `loader`'s parser."""
        actions = self._actions
        try:
            for event in ye.events(self._text, loader):
                action = actions.get(type(event))
                if action is not None:
                    action(event)
        except ye.SyntaxFault as fault:
            message, hint = explain(fault, self._text, self._last_flow)
            if not (hint and self.findings and self.findings[-1].hint == hint):
                self._note("yaml.syntax", fault.mark, message, hint)
            self.doubts.add(())
        except _Stop:
            self.doubts.add(())
        else:
            self._finish()

    def _finish(self) -> None:
        if self._root:
            self.value = self._root[0]
        else:
            self.doubts.add(())
            self._note(
                "yaml.document",
                Mark(1, 1),
                "the file holds nothing",
                "write into it, or remove it; {} is an empty mapping",
            )

    def _note(self, code: str, mark: Mark, message: str, hint: str = "") -> None:
        self.findings.append(Finding(code, "error", message, self._file, mark.line, mark.column, hint))

    def _refuse(self, code: str, event: ye.Event, message: str, hint: str, *key: str) -> None:
        """Note what is wrong with the value being read or, where a key is due, with the member `key`."""
        self.doubts.add((*self._here(), *key))
        self._tell(code, event, message, hint)

    def _tell(self, code: str, event: ye.Event, message: str, hint: str) -> None:
        self._note(code, ye.mark_of(event), message, hint)
        if len(self.findings) >= MAX_FINDINGS:
            self._stop("limit.findings", event, f"{MAX_FINDINGS} findings in one file; the rest is not read")

    def _stop(self, code: str, event: ye.Event, message: str, hint: str = "") -> None:
        self._note(code, ye.mark_of(event), message, hint)
        raise _Stop

    def _document(self, event: ye.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop("yaml.document", event, "a second document begins; a file holds one", "remove the line ---")

    def _count(self, event: ye.Event) -> None:
        self._nodes += 1
        if self._nodes > self._limits.yaml_nodes:
            message = f"the file has more than {self._limits.yaml_nodes} values and keys"
            self._stop("limit.yaml_nodes", event, message, "split it")
        if event.tag is not None:
            self._refuse("yaml.tag", event, f"the tag {event.tag[:60]} is not allowed", "remove it; quote what is text")
        if event.anchor is not None:
            hint = "remove it and write the value out where it is used"
            self._tell("yaml.alias", event, f"the anchor &{event.anchor[:60]} is not allowed", hint)

    def _alias(self, event: ye.Event) -> None:
        hint = f"write the value out; or quote '*{event.anchor[:60]}' if it is text"
        self._refuse("yaml.alias", event, f"the alias *{event.anchor[:60]} is not allowed", hint)
        frame = self._frames[-1]
        if type(frame.value) is dict and frame.key is _NO_KEY:
            frame.key = _DROPPED
        else:
            self._put(frame, None)

    def _scalar(self, event: ye.Event) -> None:
        self._count(event)
        frame = self._frames[-1]
        if type(frame.value) is dict and frame.key is _NO_KEY:
            self._key(frame, event)
        else:
            self._put(frame, self._value(frame, event))

    def _value(self, frame: _Frame, event: ye.Event) -> Any:
        text = event.value
        if not event.implicit[0]:
            return self._quoted(event)
        if frame.flow:
            if text == "" and self._colon_is_missing(frame, event):
                return None
            key = frame.key if isinstance(frame.key, str) else ""
            frame.before = self._last_flow = FlowValue(key, text)
        value = read_plain(text)
        if isinstance(value, Refused):
            self._refuse("yaml.implicit", event, *value)
            return text
        return value

    def _quoted(self, event: ye.Event) -> str:
        text: str = event.value
        if not text.isascii() and _SURROGATE.search(text):
            self._refuse("yaml.syntax", event, "half of a surrogate pair is no character", "write the whole character")
        return text

    def _colon_is_missing(self, frame: _Frame, event: ye.Event) -> bool:
        """In {path: a(b, c), type: x} the comma makes a key of `c)`, without a value."""
        if type(frame.value) is not dict or frame.key is _DROPPED:
            return frame.key is _DROPPED
        if ":" in self._text[frame.key_event.end_mark.index : event.start_mark.index]:
            return False
        if not frame.is_key:
            hint = comma_hint(frame.before) or missing_colon_hint(frame.key)
            message = f"'{frame.key[:60]}' stands in {{ }} without a value"
            frame.key = _DROPPED  # what stands before the comma is in doubt as well
            self._refuse("yaml.syntax", frame.key_event, message, hint)
        frame.key = _DROPPED
        return True

    def _key(self, frame: _Frame, event: ye.Event) -> None:
        frame.key_event = event
        key = self._key_text(event)
        if key in frame.value:
            self._duplicate(key, event)
            frame.key = _DROPPED
        else:
            frame.key = key

    def _key_text(self, event: ye.Event) -> str:
        text: str = event.value
        if not event.implicit[0]:
            return self._quoted(event)
        value = read_plain(text)
        if isinstance(value, Refused):
            self._refuse("yaml.implicit", event, *value, text)
        elif not isinstance(value, str):
            word = text or "an empty key"
            self._refuse("yaml.implicit", event, f"a key must be text, and {word} is none", f"quote it: '{text}'", text)
        return text

    def _duplicate(self, key: str, event: ye.Event) -> None:
        first = self._first_mark(key)
        message = f"the key {key[:60]} is given twice; first on line {first.line}"
        self._refuse("yaml.duplicate_key", event, message, "keep one of them", key)

    def _first_mark(self, key: str) -> Mark:
        """Where `key` was given first: among what was read, so what may never be read is not gone through for it."""
        if self._nodes > self._marked:
            self._marked = min(4 * self._nodes, self._limits.yaml_nodes)
            # A node has an end at most; an alias is a finding and no node.
            self._marks = Marks(self._text, 2 * self._marked + MAX_FINDINGS)
        return self._marks.mark((*self._here(), key), key=True)

    def _here(self) -> Pointer:
        """Where the value being read stands in the document; its mapping, where a key is due or was dropped."""
        steps: list[str | int] = []
        for frame in self._frames[1:]:
            step = len(frame.value) if type(frame.value) is list else frame.key
            if step is _NO_KEY or step is _DROPPED:
                break
            steps.append(step)
        return tuple(steps)

    def _put(self, frame: _Frame, value: Any) -> None:
        if type(frame.value) is list:
            frame.value.append(value)
            return
        if frame.key is not _DROPPED:
            frame.value[frame.key] = value
        frame.key = _NO_KEY

    def _open_mapping(self, event: ye.Event) -> None:
        self._open(event, {})

    def _open_sequence(self, event: ye.Event) -> None:
        self._open(event, [])

    def _open(self, event: ye.Event, value: dict[str, Any] | list[Any]) -> None:
        self._count(event)
        if len(self._frames) > self._limits.yaml_depth:
            message = f"the nesting is deeper than {self._limits.yaml_depth}"
            self._stop("limit.yaml_depth", event, message, "nest less")
        outer = self._frames[-1]
        is_key = type(outer.value) is dict and outer.key is _NO_KEY
        if is_key:
            hint = "quote a template: '{{ ... }}'" if outer.flow else "quote it if it is text"
            self._refuse("yaml.syntax", event, "a key must be text, not a mapping or a list", hint)
        self._frames.append(_Frame(value, event.flow_style, is_key))

    def _close(self, _event: ye.Event) -> None:
        frame = self._frames.pop()
        if frame.is_key:
            self._frames[-1].key = _DROPPED
        else:
            self._put(self._frames[-1], frame.value)
