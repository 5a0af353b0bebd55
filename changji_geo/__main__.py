"""``python -m changji_geo`` is ``changji-geo``."""

from __future__ import annotations

from changji_geo.cli.main import run

if __name__ == "__main__":
    run()
