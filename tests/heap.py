"""The collector of cycles leaves alone what lives as long as the test process.

Five thousand collected tests and the product's modules are some million objects. Looking through them again and again
took a seventh of the suite's CPU, and none of them is ever garbage.
"""

from __future__ import annotations

import gc

OBJECTS_BETWEEN_LOOKS = 20_000

gc.disable()  # nothing that collecting tests makes is garbage; this module is imported when that begins


def pytest_collection_finish() -> None:
    """From here on there is garbage again: what exists now is not looked at any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 100)
    gc.enable()
