"""Who keeps this server's halls, and with which key they are led."""

from functools import cache

from resnet_edu import config
from resnet_edu.halls.keys import LecturerKey
from resnet_edu.halls.memory import MemoryHalls
from resnet_edu.halls.protocol import Halls


@cache
def halls() -> Halls:
    """As ``RESNET_EDU_HALLS`` says. Raises ``ValueError`` if that is no address of a Redis."""
    address = config.HALLS.read()
    if not address:
        return MemoryHalls()
    if not address.startswith(("redis://", "rediss://")):
        raise ValueError(f"{config.HALLS.name}: an address such as redis://:PASSWORD@HOST:6379 is needed")
    from resnet_edu.halls.redis import RedisHalls  # of requirements-cluster.txt

    return RedisHalls(address)


@cache
def lecturer_key() -> LecturerKey:
    """The one key of this process."""
    return LecturerKey.from_environment()
