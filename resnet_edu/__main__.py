"""Entry point of ``python -m resnet_edu``."""

from resnet_edu.cli import main

main()
