# SPDX-License-Identifier: Apache-2.0
"""One look at a region: list its subjects, judge them, keep what came of it.

What a listing does not show is only believed if it came to its end. One that did not
marks the last good result as stale, raises an alarm, and takes nothing away.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hpa_discovery.discovery.generation import nothing_known
from hpa_discovery.errors import DataError, StoreError, StoreRefused
from hpa_discovery.model import Diagnostic
from hpa_discovery.store import listings, operations, schedule, subjects
from hpa_discovery.store.seen import Seen
from hpa_discovery.work import causes, region_alarms
from hpa_discovery.work.causes import Fault, faults
from hpa_discovery.work.holding import credential
from hpa_discovery.work.progress import counted
from hpa_discovery.work.reading import Question, Subject, reader

if TYPE_CHECKING:
    from hpa_discovery.discovery.generation import Generation
    from hpa_discovery.model import Outcome
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.listings import Recorded
    from hpa_discovery.store.region import Region
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.serving import Serving
    from hpa_discovery.work.workplace import Workplace

_AT_ONCE = timedelta(0)
# Characters of values in one region: all of them are in memory at once, several times over.
MOST_SAID = 64_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of a listing, and why it did not come to its end ("" where it did)."""

    subjects: tuple[Subject, ...]
    error: str = ""

    @property
    def fault(self) -> Fault | None:
        """The alarm that it asks for."""
        if not self.error:
            return None
        kind = region_alarms.INCOMPLETE if self.subjects else region_alarms.UNREACHABLE
        return Fault(kind, "", self.error)


def discover(workplace: Workplace, held: Held) -> None:
    """Do the claimed step. Overtaken when somebody else has it by now; StoreError, UsageError: nothing was kept."""
    serving = workplace.serves()
    listed = _list(workplace, held)
    _keep(workplace, held, listed, _judge(serving, held, listed.subjects), serving.digest)


def give_up(workplace: Workplace, held: Held, error: str) -> None:
    """The claimed step came to nothing, for a reason that is neither the cloud's nor the database's: an alarm tells it.

    Overtaken, StoreError as in `discover`.
    """
    _keep(workplace, held, Listed((), error), (), None)


def _keep(workplace: Workplace, held: Held, listed: Listed, found: Sequence[Seen], generation: str | None) -> None:
    rows = listings.make_rows(found)
    with workplace.store.write(f"keeping what {held.region.name} has") as transaction:
        recorded = listings.record_listing(
            transaction, held.claim, rows, generation=generation, error=listed.error or None
        )
        if recorded is None:
            raise held.overtaken()
        _settle_alarms(transaction, workplace, held, listed, found)
        if held.region.aai.url and (found or not listed.error):
            schedule.soon(transaction, (held.region.id,), "publish", _AT_ONCE)
        _end(transaction, held, listed, recorded)
    told = {"region": held.region.name, "subjects": len(found), "error": listed.error, **asdict(recorded)}
    workplace.observer.event("region.listed", told)


def _list(workplace: Workplace, held: Held) -> Listed:
    try:
        with workplace.store.read("reading a credential") as transaction:
            secret = credential(transaction, workplace, held.region, "cloud")
    except StoreRefused as error:  # no key opens it
        return Listed((), str(error))
    listed: list[Subject] = []
    try:
        before = partial(_before, workplace, held.region)
        question = Question(held.region, secret, workplace.http, workplace.observer, before)
        found = reader(workplace.readers, held.region)(question)
        listed.extend(counted(workplace.store, held, found))
    except StoreError:
        raise
    except DataError as error:
        return _without_odd(listed, str(error))
    return _without_odd(listed)


def _before(workplace: Workplace, region: Region, seen: Set[str]) -> Sequence[Subject]:
    with workplace.store.read("reading what was seen before") as transaction:
        found = subjects.unseen(transaction, region.id, seen)
        return [Subject(each.subject_id, each.name, each.body) for each in found]


def _without_odd(subjects: Sequence[Subject], error: str = "") -> Listed:
    """One subject that cannot be kept must not hold up the others; without it the listing is not whole."""
    good = []
    for each in subjects:
        try:
            listings.check(each.id, each.body)
        except StoreRefused as odd:
            error = error or str(odd)
        else:
            good.append(each)
    return Listed(tuple(good), error)


def _judge(serving: Serving, held: Held, subjects: Sequence[Subject]) -> list[Seen]:
    source = held.region.source
    if not subjects:
        return []
    generation = serving.generation
    context = generation.see(source, dict(held.region.context))
    found, left = [], MOST_SAID
    for each in subjects:
        outcome = generation.evaluate(source, each.body, context) if left > 0 else _unsaid(generation, source)
        left -= sum(len(attribute.text) for said in outcome.capabilities for attribute in said.attributes)
        found.append(Seen(each.id, each.name, each.body, outcome))
    return found


def _unsaid(generation: Generation, source: str) -> Outcome:
    message = (
        f"the packs say more than {MOST_SAID} characters of this region; of the subjects after that nothing is known"
    )
    return nothing_known(generation.source(source), Diagnostic("limit.region", "", "error", message))


def _settle_alarms(
    transaction: Transaction, workplace: Workplace, held: Held, listed: Listed, found: Sequence[Seen]
) -> None:
    if not held.region.aai.url:  # it had one, and nothing is published that could clear its alarms
        region_alarms.settle(transaction, workplace.alarms, held, region_alarms.AAI, ())
    # Of a listing that is not whole, the others may be of subjects that were not seen.
    types = region_alarms.SOURCE if listed.error else (*region_alarms.SOURCE, *causes.TYPES)
    source = () if listed.fault is None else (listed.fault,)
    region_alarms.settle(transaction, workplace.alarms, held, types, (*source, *faults(found)))


def _end(transaction: Transaction, held: Held, listed: Listed, recorded: Recorded) -> None:
    if listed.error:
        operations.fail(transaction, held.operations, listed.error)
        kept = schedule.fail(transaction, held.claim, listed.error)
    else:
        operations.finish(transaction, held.operations, asdict(recorded))
        kept = schedule.finish(transaction, held.claim, held.region.interval)
    if not kept:
        raise held.overtaken()
