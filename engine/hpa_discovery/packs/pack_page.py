# SPDX-License-Identifier: Apache-2.0
"""The page of one pack in Markdown, made from its rules and their tests: the same pack gives the same text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hpa_discovery.discovery.origins import Origins, eaches_of, lets_of, path_text
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import AttributeEntry, Branch, Condition, GroupEntry, Leaf, Not, Rule
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.bench import Case
from hpa_discovery.packs.cases import usable
from hpa_discovery.packs.contracts import load_vocabulary
from hpa_discovery.packs.files import PACK_FILE
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.parts import attribute_parts, told

Row = Sequence[str]


def page_of(loaded: LoadedPack) -> str:
    """The page of a pack that was loaded with its tests. PackError when the pack is refused."""
    pack = usable(loaded)
    return "\n".join([*_head(loaded, pack), *_overview(pack), *_inputs(pack), *_features(loaded, pack)]) + "\n"


def _head(loaded: LoadedPack, pack: Pack) -> Iterator[str]:
    metadata = _metadata(loaded, PACK_FILE)
    use = "used unless another pack takes its place" if pack.activation == "default" else "used when it is asked for"
    yield f"<!-- Generated from rules/{loaded.root.name}: change the rules and generate it again (CONTRIBUTING.md). -->"
    yield f"# {pack.namespace}"
    yield ""
    if "description" in metadata:
        yield from (str(metadata["description"]).strip(), "")
    yield f"Version {pack.version}, {pack.license}. Level {pack.level}, {use}."
    yield ""


def _overview(pack: Pack) -> Iterator[str]:
    rows = []
    for feature in pack.features:
        rules = _rules(pack, feature)
        keys = dict.fromkeys(part.entry.key for rule in rules for part in attribute_parts(rule))
        rows.append((f"[{feature}](#{feature.lower()})", _codes(rule.id for rule in rules), _codes(keys)))
    yield from _table(("feature", "rules", "attributes"), rows)


def _inputs(pack: Pack) -> Iterator[str]:
    if pack.params:
        yield from ("## Parameters", "")
        rows = [
            (f"`{name}`", f"`{_flow(value)}`", pack.describe_params.get(name, ""))
            for name, value in pack.params.items()
        ]
        yield from _table(("parameter", "default", "what it is"), rows)
    if pack.tables:
        yield from ("## Tables", "")
        yield from _table(("table", "rows"), [(f"`{name}`", str(len(table))) for name, table in pack.tables.items()])


def _features(loaded: LoadedPack, pack: Pack) -> Iterator[str]:
    vocabulary = load_vocabulary()
    for feature in pack.features:
        entry = vocabulary.get(feature, {})
        yield from (f"## {feature}", "")
        if entry:
            yield from (_instances(entry), "")
        for rule in _rules(pack, feature):
            yield from _rule(loaded, rule, entry)


def _instances(entry: Mapping[str, Any]) -> str:
    description = str(entry["description"]).strip()
    if entry["discriminator"] is None:
        return f"{description} At most one capability of a subject."
    return f"{description} Capabilities are told apart by {entry['discriminator']}."


def _rule(loaded: LoadedPack, rule: Rule, entry: Mapping[str, Any]) -> Iterator[str]:
    metadata = _metadata(loaded, f"{rule.id.rpartition('/')[2]}.yaml")
    yield from (f"### {rule.id}", "", f"{rule.title}. Source {rule.source}, {rule.maturity}.", "")
    if "description" in metadata:
        yield from (str(metadata["description"]).strip(), "")
    yield from _reads(rule)
    yield from _table(("attribute", "what it is", "value"), list(_attributes(rule, entry)))
    if rule.requires:
        rows = [(f"`{item.code}`", item.level, _cell(item.message)) for item in rule.requires]
        yield from _table(("diagnostic", "level", "message"), rows)
    yield from _example(rule, loaded.tests.get(rule.id, ()))
    references = metadata.get("references", ())
    if references:
        yield from ("References: " + ", ".join(f"<{reference}>" for reference in references), "")


def _reads(rule: Rule) -> Iterator[str]:
    origins = Origins(rule)
    names = [*(each.name for each in eaches_of(rule)), *(let.name for let in lets_of(rule))]
    read = dict.fromkeys(path_text(path) for name in names for path in origins.of_name(name))
    if read:
        yield f"Reads {_codes(read)}."
    if rule.each is not None:
        yield f"Answers for each `{rule.each.name}` of `{rule.each.path}`."
    if rule.when is not None:
        yield f"Answers when {_condition(rule.when)}."
    yield ""


def _condition(condition: Condition) -> str:
    if isinstance(condition, Leaf):
        return f"`{told(condition)}`"
    if isinstance(condition, Not):
        return f"not {_condition(condition.condition)}"
    assert isinstance(condition, Branch)
    parts = [_condition(part) for part in condition.conditions]
    joined = (" and " if condition.kind == "all" else " or ").join(parts)
    return joined if len(parts) == 1 else f"({joined})"


def _attributes(rule: Rule, entry: Mapping[str, Any]) -> Iterator[Row]:
    origins = Origins(rule)
    for item in rule.emit.entries:
        if isinstance(item, GroupEntry):
            for attribute in item.attributes:
                repeated = f", for each `{item.each.name}` of `{_cell(item.each.path)}`"
                yield _attribute(attribute, entry, origins, repeated)
        else:
            yield _attribute(item, entry, origins, "")


def _attribute(attribute: AttributeEntry, entry: Mapping[str, Any], origins: Origins, repeated: str) -> Row:
    known = _known(attribute.key, entry)
    value = _code(attribute.value or "") if attribute.var is None else _source(attribute.var, origins)
    units = [attribute.unit] if attribute.unit else known.get("units", [])
    measure = f" in {' or '.join(units)}" if units else ""
    optional = ", where there is one" if attribute.optional else ""
    return (f"`{_cell(attribute.key)}`", _cell(known.get("description", "")), f"{value}{measure}{optional}{repeated}")


def _source(name: str, origins: Origins) -> str:
    """The let, and the member it is read at where there is only one."""
    read = origins.of_name(name)
    return f"{_code(name)}, from {_code(path_text(read[0]))}" if len(read) == 1 else _code(name)


def _known(key: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the vocabulary says of an attribute; `{n}` and `{any}` in it stand for what a template writes."""
    attributes: Mapping[str, Mapping[str, Any]] = entry.get("attributes", {})
    for name, item in attributes.items():
        pattern = re.escape(name).replace(r"\{n\}", ".+").replace(r"\{any\}", ".+")
        if re.fullmatch(pattern, key):
            return item
    return {}


def _example(rule: Rule, cases: Sequence[Case]) -> Iterator[str]:
    """The case that shows most, of those in which nothing goes wrong."""
    clean = [case for case in cases if case["expect"] and not case.get("diagnostics")]
    if not clean:
        return
    case = max(clean, key=lambda case: sum(len(item["attributes"]) for item in case["expect"]))
    given = {name: case[name] for name in (rule.root, "context", "params") if name in case}
    yield from (f"Example: {case['name']}.", "", "```json", json.dumps(given, indent=2, ensure_ascii=False), "```", "")
    rows = [
        (_code(item.get("discriminator", "")), item["architecture"], f"`{_cell(key)}`", _shown(value))
        for item in case["expect"]
        for key, value in item["attributes"].items()
    ]
    yield from _table(("discriminator", "architecture", "attribute", "value"), rows)


def _shown(value: Mapping[str, Any]) -> str:
    text = value["value"] if isinstance(value["value"], str) else ", ".join(value["value"])
    return _cell(f"{text} {value.get('unit', '')}".strip())


def _rules(pack: Pack, feature: str) -> list[Rule]:
    return sorted((rule for rule in pack.rules if rule.emit.feature == feature), key=lambda rule: rule.id)


def _metadata(loaded: LoadedPack, name: str) -> Mapping[str, Any]:
    """What a file says of itself that the engine has no use for."""
    path = loaded.root / name
    metadata: Mapping[str, Any] = read_yaml(path.read_bytes(), str(path)).value["metadata"]
    return metadata


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _flow(value: Any) -> str:
    return _cell(json.dumps(value, ensure_ascii=False))
