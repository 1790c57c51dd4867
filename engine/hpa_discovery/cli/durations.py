# SPDX-License-Identifier: Apache-2.0
"""Spans and moments as people type them, as callbacks of options: `90d`; `2026-01-31`, `2026-01-31T12:00Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")
_LONGEST = timedelta(days=36525)
_SHORTEST_RETENTION = timedelta(days=1)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def as_span(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    """A positive span of at most 100 years: a whole number and s, m, h, d or w."""
    if value is None:
        return None
    span = _span(value)
    if span is None:
        raise click.BadParameter(
            f"{value!r} is no span: write a whole number and s, m, h, d or w, such as 90d, at most 100 years"
        )
    return span


def as_retention(ctx: click.Context, param: click.Parameter, value: str) -> timedelta:
    """A span of a day at least: a shorter one would delete what somebody is reading."""
    span = as_span(ctx, param, value)
    if span is None or span < _SHORTEST_RETENTION:
        raise click.BadParameter(f"{value!r} is too short: at least 1d is kept")
    return span


def as_moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A span before now, or a date and time of ISO 8601, in UTC where it names no zone; always given in UTC."""
    if value is None:
        return None
    span = _span(value)
    try:
        moment = datetime.now(UTC) - span if span is not None else datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is no moment: write 24h, 7d, 2026-01-31 or 2026-01-31T12:00Z") from None


def _span(value: str) -> timedelta | None:
    parts = _SPAN.fullmatch(value)
    if parts is None or not int(parts[1]):
        return None
    span = timedelta(**{_UNITS[parts[2]]: int(parts[1])})
    return span if span <= _LONGEST else None
