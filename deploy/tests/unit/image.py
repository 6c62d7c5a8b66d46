"""What the Dockerfile says to whoever starts its image."""

import re

from resnet_edu.paths import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
USER = re.findall(r"^USER (\d+:\d+)$", DOCKERFILE, re.MULTILINE)[-1]
"""In numbers, as Kubernetes can't tell whether a name is root's."""
ARGUMENTS = set(re.findall(r"^ARG (\w+)=", DOCKERFILE, re.MULTILINE))
COPIED = {word.removeprefix("./") for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M) for word in line.split()}
