"""Strangers at the doors of a server that runs as its users run it."""

from __future__ import annotations

from tests.product.conftest import new_product, shared

__all__ = ["new_product", "shared"]
