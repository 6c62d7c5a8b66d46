"""Codes cannot be guessed in a practical time, keys cannot be forged, and allowances refill."""

from resnet_edu.halls.codes import LENGTH, LETTERS, is_code, new_code, new_phone, typed, voter
from resnet_edu.halls.keys import LecturerKey
from resnet_edu.halls.limits import FORGOTTEN_SECONDS, MOST_HALLS, WRONG_A_SECOND, Allowance

DAYS = 24 * 3600


def test_one_address_needs_months_to_find_any_of_all_halls() -> None:
    tries = len(LETTERS) ** LENGTH / MOST_HALLS / 2
    assert tries / WRONG_A_SECOND > 180 * DAYS


def test_codes_differ_and_are_read_as_they_are_typed() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(is_code(code) and typed(f" {code[:3].lower()}-{code[3:].lower()} ") == code for code in codes)
    assert not set("01IO") & set(LETTERS)


def test_a_phone_votes_under_another_name_in_each_hall() -> None:
    phone = new_phone()
    assert voter(phone, "AAAAAA") != voter(phone, "BBBBBB")
    assert voter(phone, "AAAAAA") == voter(phone, "AAAAAA")
    assert phone not in voter(phone, "AAAAAA")


def test_a_pass_holds_for_its_key_and_its_time_alone() -> None:
    now = [1_000_000.0]
    key = LecturerKey("secret", lambda: now[0])
    given = key.pass_for()
    assert key.admits(given)
    assert LecturerKey("secret", lambda: now[0]).admits(given)  # another process of the same server
    assert not LecturerKey("another", lambda: now[0]).admits(given)
    until, _, signature = given.partition(".")
    for forged in ("", None, f"{int(until) + 1}.{signature}", until, f"{until}.", "é.é"):
        assert not key.admits(forged)
    now[0] += FORGOTTEN_SECONDS
    assert not key.admits(given)


def test_a_key_of_the_operators_is_not_printed_and_one_of_ours_is_new_each_time() -> None:
    assert "secret" not in LecturerKey("secret").told()
    made = LecturerKey(), LecturerKey()
    assert made[0].told() != made[1].told()
    assert made[0].opens(made[0].told())
    assert not made[0].opens(made[1].told())


def test_an_allowance_is_used_up_by_name_and_refills() -> None:
    now = [0.0]
    allowance = Allowance(0.5, 3, lambda: now[0])
    assert [allowance.use("a") for _ in range(4)] == [True, True, True, False]
    assert allowance.use("b")
    now[0] += 2
    assert allowance.has("a")
    assert [allowance.use("a") for _ in range(2)] == [True, False]
    now[0] += 1000
    assert [allowance.use("a") for _ in range(4)] == [True, True, True, False]
