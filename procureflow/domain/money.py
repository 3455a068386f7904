"""Pounds as Decimal. Stored as integer pence; rounded half-even, only when stored or shown."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

PENNY = Decimal("0.01")
#: Far above any council's budget, far below what a 64-bit column holds.
LARGEST = Decimal("99999999999.99")

_POUNDS = re.compile(r"^£?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?$", re.ASCII)


def parse_pounds(text: str) -> Decimal:
    """Pounds as people type them ("£64,415", "64415.50"). Raises ValueError on anything else."""
    match = _POUNDS.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an amount of money")
    amount = Decimal(match.group(1).replace(",", "") + (match.group(2) or ""))
    if amount > LARGEST:
        raise ValueError("larger than can be recorded")
    return amount.quantize(PENNY)


def to_pence(amount: Decimal) -> int:
    """Integer pence, half-even."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def from_pence(pence: int) -> Decimal:
    """The exact amount in pounds, with two places."""
    return Decimal(pence).scaleb(-2)


def _rounded(amount: Decimal) -> Decimal:
    """To the penny. Adding nothing takes the sign off a nil amount."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_EVEN) + 0


def in_prose(amount: Decimal) -> str:
    """£64,415 (pence only where there are some)."""
    rounded = _rounded(amount)
    places = 0 if rounded == rounded.to_integral_value() else 2
    return f"-£{-rounded:,.{places}f}" if rounded < 0 else f"£{rounded:,.{places}f}"


def in_table(amount: Decimal) -> str:
    """£64,415.00: always two places, so that a column lines up."""
    rounded = _rounded(amount)
    return f"-£{-rounded:,.2f}" if rounded < 0 else f"£{rounded:,.2f}"
