# SPDX-License-Identifier: Apache-2.0
"""Whatever is written, broken, deleted, pinned, removed or restarted: what serves is what the rules of DESIGN 7 say."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.live.assembling import assemble
from hpa_discovery.packs.live.examining import stored_units
from hpa_discovery.packs.live.spool import Spool
from packs.live.memory_shelf import MemoryShelf
from packs.live.sites import Vendor, answers, world

BAD = -1
NAMES = ("acme", "beta")
SPECS = {"acme:nic": "acme", "beta:nic": "beta"}
SUBJECT = {"id": "1", "name": "f", "vcpus": 1, "ram": 1024, "disk": 1, "extra_specs": SPECS}
OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {{id: site}}
target: {{pack: acme.nic, version: ">=1.0"}}
params: {{count: "{count}"}}
"""
COUNTS = st.integers(1, 3)


@dataclass(frozen=True)
class Rules:
    """DESIGN 7 in a few lines. `lies` is what is in the folder, BAD for garbage; `serves` is what serves."""

    lies: dict[str, int] = field(default_factory=dict)
    serves: dict[str, int] = field(default_factory=dict)
    removed: frozenset[tuple[str, int]] = frozenset()
    away: bool = False
    pinned: bool = False

    def stepped(self) -> Rules:
        """What serves after a look."""
        if self.pinned:
            return self
        lies = {} if self.away else self.lies
        serves = {name: count for name, count in self.serves.items() if (name, count) not in self.removed}
        if lies:  # an empty or missing root keeps all
            serves = {name: count for name, count in serves.items() if name in lies}
        good = {name: count for name, count in lies.items() if count != BAD and (name, count) not in self.removed}
        serves |= good
        if "acme" not in serves:  # an overlay does not serve without its pack
            serves.pop("site", None)
        return replace(self, serves=serves)

    def answers(self) -> list[str]:
        """What is said of the subject."""
        counts = {name: self.serves[name] for name in NAMES if name in self.serves}
        if "acme" in counts and "site" in self.serves:
            counts["acme"] = self.serves["site"] * 100
        return [f"pciePassthrough {name} {count}" for name, count in counts.items()]


class Keeping(RuleBasedStateMachine):
    """A vendor, an operator and a keeper that looks whenever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "packs"
        self.root.mkdir()
        self.site = world(self.folder, self.root)
        self.keeper = self.site.started()
        self.rules = Rules()
        self.served = {self.keeper.live.digest: self.rules.serves}
        self.sequence = 0
        self.looked = True
        self.recomputed = ""

    @property
    def shelf(self) -> MemoryShelf:
        """The shelf that outlives restarts."""
        assert isinstance(self.site.shelf, MemoryShelf)
        return self.site.shelf

    @property
    def place(self) -> Path:
        """Where the root is now."""
        return self.folder / "away" if self.rules.away else self.root

    def _lies(self, name: str, count: int | None) -> None:
        lies = {key: value for key, value in self.rules.lies.items() if key != name}
        self.rules = replace(self.rules, lies=lies if count is None else {**lies, name: count})
        self.looked = False

    @rule(name=st.sampled_from(NAMES), count=COUNTS)
    def write(self, name: str, count: int) -> None:
        """A vendor writes a good pack."""
        shutil.rmtree(self.place / name, ignore_errors=True)
        Vendor(self.place / name, name=f"{name}.nic", key=f"{name}:nic", count=str(count)).write()
        self._lies(name, count)

    @rule(name=st.sampled_from(NAMES), how=st.sampled_from(["rule", "pack", "test", "half", "empty"]))
    def spoil(self, name: str, how: str) -> None:
        """A vendor writes garbage, or half of a pack, or nothing."""
        shutil.rmtree(self.place / name, ignore_errors=True)
        pack = Vendor(self.place / name, name=f"{name}.nic", key=f"{name}:nic").write(expected="9").folder
        if how in ("rule", "pack"):
            (pack / ("device.yaml" if how == "rule" else "pack.yaml")).write_bytes(b"{")
        elif how == "half":
            (pack / "device.yaml").unlink()
        elif how == "empty":
            os.truncate(pack / "pack.yaml", 0)
        self._lies(name, BAD)

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        """A vendor takes a pack away."""
        shutil.rmtree(self.place / name, ignore_errors=True)
        self._lies(name, None)

    @rule(count=COUNTS)
    def write_overlay(self, count: int) -> None:
        """An operator changes acme's parameter."""
        text = OVERLAY.format(count=count * 100)
        (self.place / "site.overlay.yaml").write_text(text, encoding="utf-8")
        self._lies("site", count)

    @rule(text=st.sampled_from(["{", "", "kind: Overlay\nmetadata: {id: site}\n"]))
    def spoil_overlay(self, text: str) -> None:
        """An operator writes garbage."""
        (self.place / "site.overlay.yaml").write_text(text, encoding="utf-8")
        self._lies("site", BAD)

    @rule()
    def delete_overlay(self) -> None:
        """An operator takes the overlay away."""
        (self.place / "site.overlay.yaml").unlink(missing_ok=True)
        self._lies("site", None)

    @rule()
    def unmount(self) -> None:
        """The root goes away, or comes back."""
        there, away = self.root, self.folder / "away"
        away.rename(there) if self.rules.away else there.rename(away)
        self.rules = replace(self.rules, away=not self.rules.away)
        self.looked = False

    @rule(data=st.data())
    def pin(self, data: st.DataObject) -> None:
        """An operator rolls back, or pins what serves."""
        digest = data.draw(st.sampled_from(sorted(self.served)))
        self.shelf.pin(digest)
        assert self.keeper.follow()
        self.rules = replace(self.rules, pinned=True, serves=self.served[digest])

    @precondition(lambda self: self.rules.pinned)
    @rule()
    def unpin(self) -> None:
        """An operator takes the pin away."""
        self.shelf.unpin()
        self.rules = replace(self.rules, pinned=False)
        self.looked = False

    @precondition(lambda self: not self.rules.pinned)
    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        """An operator removes a pack."""
        self.step()
        if name not in self.rules.serves:
            return
        assert self.keeper.remove(f"{name}.nic", "admin")
        self.rules = replace(self.rules, removed=self.rules.removed | {(name, self.rules.serves[name])})
        self.step()

    @rule()
    def step(self) -> None:
        """The keeper looks."""
        self.keeper.step()
        self._stepped()

    @rule(clean=st.booleans(), engine=st.sampled_from(["1.0.0", "1.0.0", "2.0.0"]))
    def restart(self, clean: bool, engine: str) -> None:
        """The service is started again, perhaps on another host or with another engine."""
        self.step()
        if clean:
            shutil.rmtree(self.folder / "spool", ignore_errors=True)
        if engine != self.site.engine:
            self.site.engine = engine
            self.served = {}
        self.keeper = self.site.started()
        self._stepped()

    def _stepped(self) -> None:
        self.rules = self.rules.stepped()
        self.served[self.keeper.live.digest] = self.rules.serves
        self.looked = True

    @invariant()
    def what_serves(self) -> None:
        """The packs say what the rules say, and the sequence never falls."""
        live = self.keeper.live
        assert live.active.sequence >= self.sequence
        self.sequence = live.active.sequence
        if self.looked:
            assert answers(self.keeper, SPECS) == self.rules.answers()
            assert live.active == self.shelf.active()
            assert self.keeper.step() is False
            serving = {one.name for one in self.keeper.status() if one.serving is not None}
            assert serving == {part.name for part in live.recipe.parts}

    @invariant()
    def as_its_recipe_says(self) -> None:
        """From what is stored, another host makes a generation that says the same."""
        live = self.keeper.live
        if live.digest == self.recomputed:
            return
        self.recomputed = live.digest
        with tempfile.TemporaryDirectory() as folder:
            units = stored_units(live.recipe.parts, (), self.shelf, Spool(Path(folder)))
            assembly = assemble(units, ())
        again = compile_packs(assembly.packs, load_contracts())
        assert again.evaluate("openstack.flavor", SUBJECT) == live.generation.evaluate("openstack.flavor", SUBJECT)

    def teardown(self) -> None:
        """Nothing is left on disk that is not in use."""
        self.keeper.step()
        kept = (
            {entry.name for entry in (self.folder / "spool").iterdir()} if (self.folder / "spool").is_dir() else set()
        )
        known = {unit.part.digest for unit in self.keeper.live.units.values()}
        assert len(kept - known) <= len(self.rules.lies)
        shutil.rmtree(self.folder)


LONG = bool(os.environ.get("HPA_PROVE"))
TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(
    deadline=None, max_examples=200 if LONG else 8, stateful_step_count=40 if LONG else 25, print_blob=True
)
