# SPDX-License-Identifier: Apache-2.0
"""What an answer of A&AI means: done, refused, or nobody knows.

A&AI tells its refusals in a body of its own, `requestError`. An answer above 499
without it comes from something between us and A&AI, which may have done the request.
So may A&AI itself where it says that it gave up waiting.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import AaiRefused, ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.connectors.reply import Reply

NOT_FOUND = "6114"  # the last part of A&AI's code for what is not there, an empty collection among it
_GAVE_UP = "7406"  # A&AI waits for its own work no longer (aai.crud.timeoutlimit), which may still be done
_LONGEST = 600
_LONGEST_NAME = 40  # of a message id or code
_LONGEST_READ = 8192  # characters in which a culprit is looked for
_DONE_IN_BULK = frozenset((200, 201, 204))
# How a bulk call tells which of its operations is to blame; the status of the call is that operation's.
_OPERATION = re.compile(
    r"Operation (?P<number>\d{1,4}) with action .* failed with status code \((?P<status>\d{3})\), "
    r"error code \((?P<code>ERR[.\d]+)\) and msg \((?P<text>.*)\)",
    re.DOTALL,
)
_TRANSACTION = re.compile(r" \(X-TransactionId [0-9a-f.-]*\)?")
_UNREAD = re.compile(r"Error with operation (?P<number>\d{1,4})")  # the same for one that was not even tried


def expect(reply: Reply, statuses: frozenset[int], transaction: str, hide: Callable[[str], str]) -> Reply:
    """The reply, if it has one of these statuses. What `hide` hides is taken out of what A&AI says.

    AaiRefused where nothing was done; ConnectorError `protocol` or `timeout` with `sent`
    where nobody knows.
    """
    if reply.status in statuses:
        return reply
    told = _exception(reply)
    where = f"{reply.doing} (X-TransactionId {transaction})"
    if told is not None:
        refused = _refused(told, reply.status, where, hide)
        if refused.number == _GAVE_UP:
            said = f"A&AI gave up waiting for its own work, which may still be done: {refused.text}"
            raise ConnectorError("timeout", f"{where}: {said}", sent=True)
        raise refused
    if reply.status < 300 or reply.status >= 500:
        wanted = " or ".join(map(str, sorted(statuses)))
        raise ConnectorError("protocol", f"{where}: {reply.status} and not {wanted}; not A&AI's own answer", sent=True)
    hint = "; redirects are not followed" if reply.status < 400 else ""
    raise AaiRefused(f"{where}: {reply.status}, and not in A&AI's own form{hint}", status=reply.status)


def without_transaction(said: str) -> str:
    """What an error says, but for the X-TransactionId, by which alone two tries of one call differ."""
    return _TRANSACTION.sub("", said)


def malformed(doing: str, reason: str) -> ConnectorError:
    """The error for an answer that A&AI would not give."""
    return ConnectorError("protocol", f"{doing}: the answer is not A&AI's: {reason}", sent=True)


def check_written(reply: Reply) -> None:
    """A write that is done has no body, or JSON; ConnectorError `protocol` for a page of something in between."""
    if reply.body.strip():
        reply.json()


def check_all_done(reply: Reply, count: int) -> None:
    """A bulk call that is done says so of each operation; ConnectorError `protocol` where it does not."""
    told = reply.json()
    answered = told.get("operation-responses") if isinstance(told, dict) else None
    if not isinstance(answered, list) or len(answered) != count:
        said = f"{reply.doing}: {reply.status}, but no answer to each of {count} operations"
        raise ConnectorError("protocol", said, sent=True)
    for number, each in enumerate(answered):
        status = each.get("response-status-code") if isinstance(each, dict) else None
        if type(status) is not int or status not in _DONE_IN_BULK:
            said = f"{reply.doing}: {reply.status}, but not of operation {number}: {str(status)[:_LONGEST_NAME]}"
            raise ConnectorError("protocol", said, sent=True)


def adding(refused: AaiRefused, said: str) -> AaiRefused:
    """The same refusal, of which more is said."""
    told = {"message_id": refused.message_id, "code": refused.code, "text": refused.text}
    return AaiRefused(f"{refused}{said}", status=refused.status, operation=refused.operation, **told)


def _exception(reply: Reply) -> dict[str, Any] | None:
    """The one exception in the body of an error, whatever it is called."""
    try:
        told = json.loads(reply.body)["requestError"]
        found = next(iter(told.values()))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError, StopIteration):
        return None
    return found if isinstance(found, dict) else None


def _refused(told: dict[str, Any], status: int, where: str, hide: Callable[[str], str]) -> AaiRefused:
    listed = told.get("variables")
    variables = [hide(each) for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    text = _short(variables[2] if len(variables) > 2 else hide(str(told.get("text", ""))), _LONGEST_READ)
    code = _short(next((each for each in reversed(variables) if each.startswith("ERR.")), ""), _LONGEST_NAME)
    message_id, number = _short(hide(str(told.get("messageId", ""))), _LONGEST_NAME), None
    if found := _OPERATION.search(text):
        number, status = int(found["number"]), int(found["status"])
        code, text = found["code"][:_LONGEST_NAME], found["text"]
    elif found := _UNREAD.search(text):
        number = int(found["number"])
    text = text[:_LONGEST]
    at = "" if number is None else f", operation {number}"
    said = f"{where}: A&AI refused it{at}: {status} {message_id} {code} {text}"
    return AaiRefused(said, status=status, message_id=message_id, code=code, text=text, operation=number)


def _short(said: str, most: int) -> str:
    """The beginning of what somebody else said, without half a character, which nobody could write down."""
    return said[:most].encode("utf-8", "replace").decode()
