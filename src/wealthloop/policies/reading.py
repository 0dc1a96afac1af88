"""How the files of this room are read: YAML, by the compiled safe reader where there is one."""

from typing import Any, Final

import yaml

_READER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """Return what stands in a file.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    return yaml.load(data, Loader=_READER)  # noqa: S506 - both readers are safe
