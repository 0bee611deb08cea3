"""What ``zhupi lint`` asks: is this path deployable?"""

import errno
from pathlib import Path

from workflows.engine import Finding, lint_model
from workflows.packages.package import PackageRefused, lint_package, read_folder
from workflows.packages.siblings import find_beside

MAX_DRAWING_BYTES = 20 * 1024 * 1024


def lint_path(path: Path) -> list[Finding]:
    """Return the findings of a package folder, or of a single .bpmn file by the rules of the model alone.

    What a package calls is looked for in the folders beside it.

    Raises OSError when the path cannot be read; whatever the files hold, the answer is a list of findings.
    """
    if path.is_dir():
        try:
            return lint_package(read_folder(path), find_beside(path))
        except PackageRefused as refusal:
            return refusal.findings
    size = path.stat().st_size
    if not path.is_file():
        raise OSError(errno.EINVAL, "neither a file nor a folder", str(path))
    if size > MAX_DRAWING_BYTES:
        return [Finding(path.name, None, None, "file_too_large", f"{path.name} is larger than 20 MiB.")]
    return lint_model({path.name: path.read_bytes()}, main=path.name)
