# SPDX-License-Identifier: Apache-2.0
"""The store as the keeper of packs needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.model import Active, Observer
from hpa_discovery.packs.live.shelf import Archive, Recipe, Removal
from hpa_discovery.store import activations, audit, content, generations, quota, removals
from hpa_discovery.store.database import Store, Transaction


class StoreShelf:
    """Accepted packs and the active generation of a deployment. `actor` is who changes what serves, for the audit.

    `observer` hears when `offer` deletes what served long ago, or has no room even so: `store.trimmed` and
    `store.over_quota` {generations, contents, bytes, missing_bytes}. Who offers nothing needs none.
    `insist` is asked before anything is written, with what is being done, and raises StoreError to prevent it.
    `engine` is that of the host whose shelf it is; whoever serves nothing, as a command does, has none.
    """

    def __init__(
        self,
        store: Store,
        actor: str,
        observer: Observer | None = None,
        most: quota.Quota = quota.DEFAULT,
        insist: Callable[[str], None] | None = None,
        engine: str | None = None,
    ) -> None:
        self._store = store
        self._actor = actor
        self._observer = observer
        self._most = most
        self._insist = insist
        self._engine = engine

    def active(self) -> Active:
        """What serves now; sequence 0 in a new store."""
        with self._store.read("reading which generation serves") as transaction:
            return activations.active(transaction)

    def recipe(self, generation: str) -> Recipe:
        """What the generation is made of."""
        with self._store.read("reading a generation") as transaction:
            found = generations.find(transaction, generation)
        if found is None:
            raise StoreError(f"reading generation {generation}: the store has none with this digest")
        return Recipe(found.engine, found.parts)

    def content(self, digest: str) -> bytes:
        """The archive of a pack or overlay."""
        with self._store.read("reading a pack") as transaction:
            return content.get(transaction, digest)

    def knows(self, digest: str) -> bool:
        """Whether a pack or overlay with this digest was ever accepted and is still kept."""
        with self._store.read("looking for a pack") as transaction:
            return content.known(transaction, digest)

    def removed(self) -> frozenset[tuple[str, str]]:
        """(name, digest) of packs that were removed by command."""
        with self._store.read("reading which packs were removed") as transaction:
            return frozenset(removals.removed(transaction))

    def offer(
        self,
        recipe: Recipe,
        archive: Archive,
        expected: int,
        reason: str,
        *,
        pin: bool = False,
        removal: Removal | None = None,
    ) -> Active | None:
        """Keep the recipe, let it serve, and keep out what is removed, in one transaction; None when it does not serve.

        What served longest ago goes when the store would hold too much (store/quota.py).
        """
        with self._write("storing a generation") as transaction:
            now = activations.active(transaction, hold=True)
            if now.sequence != expected or (now.pinned and not pin):
                return None
            trimmed = self._keep(transaction, recipe, archive)
            generations.add(transaction, recipe.digest, recipe.engine, recipe.parts)
            change = activations.pin if pin else activations.activate
            by = self._actor if removal is None else removal.by
            changed = change(transaction, recipe.digest, expected, by, reason)
            assert changed is not None  # it is held
            _done(transaction, "generation.activate", recipe.digest, by, reason=reason)
            if removal is not None:
                _keep_out(transaction, removal)
        self._tell(trimmed)
        return changed

    def pin(self, generation: str, by: str, reason: str, request_id: str | None = None) -> Active:
        """Let an earlier generation serve until `unpin`: a rollback.

        DataError for a generation that the engines in use cannot serve: their hosts would stay with what they have
        and take up nothing any more. StoreError when the store has none like it.
        """
        with self._write("pinning a generation") as transaction:
            now = activations.active(transaction, hold=True)
            self._refuse_other_engine(transaction, now.generation, generation)
            changed = activations.pin(transaction, generation, now.sequence, by, reason)
            assert changed is not None  # it is held
            _done(transaction, "generation.pin", generation, by, request_id, reason=reason)
            return changed

    def take_back(self, pinned: Active, by: str, reason: str, request_id: str | None = None) -> None:
        """Let serve again what served before this pin, unless something else serves by now. StoreError."""
        with self._write("taking a pin back") as transaction:
            now = activations.active(transaction, hold=True)
            before = activations.history(transaction, pinned.sequence, limit=1)
            if now.sequence != pinned.sequence or not before or before[0].generation is None:
                return
            wanted = before[0].generation
            activations.pin(transaction, wanted, now.sequence, by, reason)
            if before[0].action != "pin":
                activations.unpin(transaction, now.sequence + 1, by, reason)
            _done(transaction, "generation.activate", wanted, by, request_id, reason=reason)

    def unpin(self, by: str, reason: str, request_id: str | None = None) -> Active:
        """Let newer generations serve again. DataError when none is pinned; StoreError."""
        with self._write("unpinning a generation") as transaction:
            now = activations.active(transaction, hold=True)
            changed = activations.unpin(transaction, now.sequence, by, reason)
            if changed is None:
                raise DataError("unpinning a generation: none is pinned")
            _done(transaction, "generation.unpin", str(now.generation), by, request_id, reason=reason)
            return changed

    def _refuse_other_engine(self, transaction: Transaction, serving: str | None, wanted: str) -> None:
        found = generations.find(transaction, wanted)
        if found is None:
            return  # it cannot be pinned either
        now = generations.find(transaction, serving or "")
        engines = (self._engine, now.engine if now is not None else None)
        others = {engine for engine in engines if engine is not None and engine != found.engine}
        if others:
            used = " and ".join(sorted(others))
            raise DataError(
                f"pinning generation {wanted}: the engine {found.engine} made it, and {used} would have to serve it; "
                f"choose one that {used} made, or run {found.engine} again"
            )

    @contextmanager
    def _write(self, doing: str) -> Iterator[Transaction]:
        if self._insist is not None:
            self._insist(doing)
        with self._store.write(doing) as transaction:
            yield transaction

    def _keep(self, transaction: Transaction, recipe: Recipe, archive: Archive) -> quota.Trimmed:
        """Store what is not stored yet, when there is room for it; what went for it."""
        wanted = {part.digest for part in recipe.parts if part.kind != "driver"}
        trimmed = quota.make_room(transaction, wanted, 0, self._most)
        for part in recipe.parts:
            if part.kind != "driver" and not content.known(transaction, part.digest):
                made = archive(part)
                trimmed = trimmed.and_then(quota.make_room(transaction, wanted, len(made), self._most))
                content.put(transaction, part.kind, part.name, part.version, made)
        return trimmed

    def _tell(self, trimmed: quota.Trimmed) -> None:
        if self._observer is None:
            return
        if trimmed.missing_bytes:
            self._observer.event("store.over_quota", trimmed._asdict())
        elif trimmed.generations:
            self._observer.event("store.trimmed", trimmed._asdict())


def _keep_out(transaction: Transaction, removal: Removal) -> None:
    for part in removal.parts:
        removals.add(transaction, part.name, part.digest, removal.by)
        _done(transaction, "pack.remove", part.name, removal.by, removal.request_id, digest=part.digest)


def _done(
    transaction: Transaction, action: str, target: str, by: str, request_id: str | None = None, **detail: str
) -> None:
    audit.record(transaction, audit.Act(by, action, target, detail=detail, request_id=request_id))
