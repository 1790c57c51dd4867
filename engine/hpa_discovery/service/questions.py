# SPDX-License-Identifier: Apache-2.0
"""What a body asks, strictly: unknown members are faults here, while a subject and a context may hold anything."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.problems import INVALID, Fault, Problem, pointer

Members = Mapping[str, type]  # the names that a body may have, and what each holds

DEFAULT_SOURCE = "openstack.flavor"
_MOST_FAULTS = 20
_NEVER_NULL = frozenset({"subject", "subjects"})
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Question:
    """What `/v1/discover`, `/v1/explain` and `/v1/resource-urls` are asked.

    `owner` and `region` are None where the context says them. `version` is that of A&AI's schema, such as v28.
    """

    subjects: list[dict[str, Any]]
    source: str
    context: dict[str, Any] | None
    owner: str | None
    region: str | None
    rule: str | None
    version: str | None = None


_QUESTION: Members = {"source": str, "subject": dict, "subjects": list, "context": dict}
DISCOVER: Members = {**_QUESTION, "owner": str, "region": str}
EXPLAIN: Members = {**_QUESTION, "rule": str}
RESOURCE_URLS: Members = {**DISCOVER, "version": str}


def read_question(value: Any, members: Members, most: int) -> Question:
    """The question in a body with these members, of at most so many subjects. Problem 422 with all faults."""
    said = read_members(value, members)
    subjects = said["subjects"] if said["subjects"] is not None else [said["subject"]]
    faults = list(_faults(said, subjects, most))
    if faults:
        raise refused(faults)
    source = said["source"] if said["source"] is not None else DEFAULT_SOURCE
    own = [said.get(name) for name in ("owner", "region", "rule", "version")]
    return Question(subjects, source, said["context"], *own)


def read_members(value: Any, members: Members, at: Sequence[str] = (), long: Collection[str] = ()) -> dict[str, Any]:
    """The members of a body, None for those that are absent or, where that is as good, null. Problem 422.

    `at` is where the object stands in the body. The texts of `long` members have a limit of their own elsewhere.
    """
    if type(value) is not dict:
        raise refused([Fault(f"the body is {_kind(value)}; an object is needed", pointer(at))])
    faults = [Fault(_unknown(name, members), pointer([*at, name])) for name in value if name not in members]
    said: dict[str, Any] = dict.fromkeys(members)
    for name, kind in members.items():
        if name in value:
            said[name] = _whole(value[name], kind)
            if (message := _wrong(said[name], kind, name, name in long)) is not None:
                faults.append(Fault(message, pointer([*at, name])))
    if faults:
        raise refused(faults)
    return said


def _whole(said: Any, kind: type) -> Any:
    """1.0 is a whole number in JSON Schema."""
    return int(said) if kind is int and type(said) is float and said.is_integer() else said


def _wrong(said: Any, kind: type, name: str, is_long: bool) -> str | None:
    """What is wrong with a member; None when nothing is."""
    if type(said) is not kind:
        return None if said is None and name not in _NEVER_NULL else f"it is {_kind(said)}; {_KINDS[kind]} is needed"
    if isinstance(said, str) and not is_long and len(said) > FORMS.text:
        return f"it has {len(said)} characters; {FORMS.text} are allowed"
    return None


def refused(faults: list[Fault]) -> Problem:
    """The problem that tells these faults; of very many only the first."""
    first = faults[:_MOST_FAULTS]
    more = f", of which the first {_MOST_FAULTS} are told" if len(faults) > _MOST_FAULTS else ""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return Problem(INVALID, f"the request has {count}{more}", errors=first)


def _faults(said: dict[str, Any], subjects: list[Any], most: int) -> Iterator[Fault]:
    if (said["subject"] is None) == (said["subjects"] is None):
        yield Fault("exactly one of subject and subjects is needed", "/subject")
    elif len(subjects) > most:
        yield Fault(f"there are {len(subjects)} subjects; {most} are allowed in one request", "/subjects")
    else:
        for place, subject in enumerate(subjects):
            if type(subject) is not dict:
                where: list[str | int] = ["subject"] if said["subjects"] is None else ["subjects", place]
                yield Fault(f"it is {_kind(subject)}; an object is needed", pointer(where))


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS[type(value)]


def _unknown(name: str, members: Members) -> str:
    return f"there is no member {name[:100]!r}; there are {', '.join(members)}"
