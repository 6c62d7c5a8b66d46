"""The Docker image, as far as it can be checked without building it."""

from deploy.tests.unit.image import COPIED, DOCKERFILE, USER
from resnet_edu.paths import PROJECT


def test_the_image_takes_what_it_is_let_see_and_nothing_of_tests_and_deploy() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    assert COPIED - {"requirements*.txt"} == {each for each in let_in if not each.startswith("requirements")}
    assert not {"deploy", "tests"} & let_in


def test_its_user_is_the_one_that_owns_its_cache() -> None:
    user, group = USER.split(":")
    assert int(user) > 0
    assert f"--uid {user} --gid {group}" in DOCKERFILE
