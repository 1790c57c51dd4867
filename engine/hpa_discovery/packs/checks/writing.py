# SPDX-License-Identifier: Apache-2.0
"""What a rule writes: names and members its templates read, what cannot be printed, what must stay secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hpa_discovery.language.rule import RESERVED
from hpa_discovery.language.spelling import nearest
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.guesses import Guess, described, known_members, member_of
from hpa_discovery.packs.checks.survey import EntrySite, Survey, TemplateSite
from hpa_discovery.packs.draft import RuleDraft


def check_writing(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    """Findings about templates and attributes, apart from the vocabulary."""
    secret = _secret(survey)
    for site in survey.templates:
        yield from _template(draft, site)
        for name in sorted(site.template.names & secret):
            message = f"{name} is sensitive, or computed from what is, and would be written out"
            yield draft.finding("let.sensitive", message, site.pointer, offset=_find(site, name), hint="leave it out")
    for entry in survey.entries:
        yield from _source(draft, entry, secret)
    yield from _duplicates(draft, survey)


def _secret(survey: Survey) -> frozenset[str]:
    """The sensitive lets and all that is computed from them."""
    found: set[str] = set()
    for site in survey.lets:
        if site.let.sensitive or site.reads & found:
            found.add(site.let.name)
    return frozenset(found)


def _template(draft: RuleDraft, site: TemplateSite) -> Iterator[Finding]:
    for path in sorted(site.template.paths):
        guess = site.scope.names.get(path[0])
        if guess is None:
            fault = site.scope.refuse_name(path[0], "template.unknown_name", _find(site, path[0]))
            yield draft.finding(fault.code, fault.message, site.pointer, offset=fault.offset, hint=fault.hint)
            continue
        yield from _members(draft, site, path, guess)


def _members(draft: RuleDraft, site: TemplateSite, path: tuple[str, ...], guess: Guess) -> Iterator[Finding]:
    offset = _find(site, path[0])
    for depth, name in enumerate(path[1:], start=1):
        found = member_of(guess, name)
        if found is None:
            where = ".".join(path[:depth])
            known = known_members(guess)
            meant = nearest(name, known)
            hint = f"did you mean {meant}?" if meant else f"it has: {', '.join(sorted(known)[:30]) or 'none'}"
            message = f"{where} has no member {name}"
            yield draft.finding("path.impossible", message, site.pointer, offset=offset, hint=hint)
            return
        guess = found
    if guess.types and guess.types <= {"array", "object"} and _prints(site.template.text, path):
        spelt, known = ".".join(path), known_members(guess)
        hint = "use `from` to write a list or a size"
        if guess.may_be("object") and known:
            hint = f"write one of its members, such as {{{{ {spelt}.{known[0]} }}}}, or use `from` for a size"
        message = f"{spelt} is {described(guess)} and cannot be written into text"
        yield draft.finding("template.type", message, site.pointer, offset=offset, hint=hint)


def _prints(text: str, path: tuple[str, ...]) -> bool:
    """Whether the template writes the path itself, and does not only ask about it or pass it to a list's filter."""
    spelt = r"\s*\.\s*".join(map(re.escape, path))
    behind = r"\s*(?:-?\}\}|\bif\b|\|\s*(?:lower|upper|trim|replace|default)\b)"
    return re.search(rf"(?:\{{\{{-?|\belse\b)\s*{spelt}{behind}", text) is not None


def _find(site: TemplateSite, name: str) -> int:
    """Where the name stands inside the template's braces."""
    for block in re.finditer(r"\{[{%].*?[}%]\}", site.template.text, re.DOTALL):
        found = re.search(rf"(?<![\w.]){re.escape(name)}\b", block[0])
        if found:
            return block.start() + found.start()
    return 0


def _source(draft: RuleDraft, site: EntrySite, secret: frozenset[str]) -> Iterator[Finding]:
    name, pointer = site.entry.var, (*site.pointer, "from")
    if name is None:
        return
    guess = site.scope.names.get(name)
    if name in RESERVED:
        message = f"`from` takes a let or an item, not {name} itself"
        yield draft.finding("emit.unknown_name", message, pointer, hint="read what you mean in a let")
        return
    if guess is None:
        fault = site.scope.refuse_name(name, "emit.unknown_name", None)
        yield draft.finding(fault.code, fault.message, pointer, hint=fault.hint)
        return
    if name in secret:
        message = f"{name} is sensitive, or computed from what is, and would be written to the inventory"
        yield draft.finding("let.sensitive", message, pointer, hint="leave it out")
    is_size = guess.members is not None and guess.members.keys() == {"value", "unit"}
    if guess.types == frozenset({"object"}) and not is_size:
        message = f"{name} is an object; an attribute holds text, a number, a size or a list"
        yield draft.finding("emit.type", message, pointer, hint="read the member you mean in a let of its own")
    elif is_size and site.entry.unit is not None:
        message = f"{name} is a size and brings its own unit"
        yield draft.finding("emit.type", message, (*site.pointer, "unit"), hint="leave unit out")


def _duplicates(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    seen: set[str] = set()
    for site in survey.entries:
        key, pointer = site.entry.key, (*site.pointer, "key")
        if key in seen:
            message = f"the attribute {key} is written twice"
            yield draft.finding("attribute.duplicate", message, pointer, hint="keep one")
        elif site.each is not None and site.each.max > 1 and "{" not in key:
            message = f"the attribute {key} has the same key for every item of the group"
            hint = f'number it, such as "{key}-{{{{ {site.each.name} }}}}"'
            yield draft.finding("attribute.duplicate", message, pointer, hint=hint)
        seen.add(key)
