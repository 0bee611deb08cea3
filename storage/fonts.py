"""The Chinese font that papers and watermarks are set with; the build of the front end puts it there, nothing serves it."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "service" / "papers" / "fonts"
REGULAR: Final = FOLDER / "NotoSansHans-Regular.otf"
