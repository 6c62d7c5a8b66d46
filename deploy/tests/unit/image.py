"""What the Dockerfile promises to those who run its image."""

import re

from resnet_edu.paths import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
USER = re.findall(r"^USER (\d+:\d+)$", DOCKERFILE, re.MULTILINE)[-1]
"""Numeric, because Kubernetes cannot tell whether a name is root's."""
ARGUMENTS = set(re.findall(r"^ARG (\w+)=", DOCKERFILE, re.MULTILINE))
COPIED = {word.removeprefix("./") for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M) for word in line.split()}
