"""Signing in on the real database: once means once, also for many at the same moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from collega.adapters.credentials import codes
from collega.adapters.postgres import accounts, sessions
from collega.bootstrap.people import accounts as keeping
from collega.bootstrap.people.credentials import Credentials
from collega.bootstrap.people.sessions import Lives, Seat, SessionDesk
from collega.bootstrap.people.signing_in import Chosen, Done, SignInDesk
from collega.errors import InputError
from collega.model.account import Person, Refused, SessionState
from collega.model.lockout import FREE_TRIES
from tests.contract.conftest import RealBench

pytestmark = pytest.mark.shows("R20", "R64")
PASSWORD = "een paard met zeven hoeden"  # noqa: S105 - of an account that lives as long as a test
SEAT = Seat(address="10.0.0.7", agent="a test")
HOUR = timedelta(hours=1)


class House:
    """The desks over one database."""

    def __init__(self, real: RealBench, idle: timedelta = HOUR) -> None:
        self.real = real
        lives = Lives(idle=idle, whole=HOUR)
        credentials = Credentials()
        self.door = SignInDesk(
            store=real.store, lives=lives, credentials=credentials, needs_code=True, issuer="collega"
        )
        self.keeper = SessionDesk(store=real.store, lives=lives, credentials=credentials)
        self.secret, self.used = "", ""

    async def first(self) -> Done:
        async with self.real.transaction() as transaction:
            token = await keeping.first_link(transaction)
        assert token is not None
        return await self.set_up(token, "keeper", "Karel de Beheerder")

    async def set_up(self, token: str, name: str = "", whole: str = "") -> Done:
        shown = await self.door.setup(token)
        assert shown is not None
        self.secret = shown.secret
        self.used = self.code()
        done = await self.door.finish(
            token, Chosen(name=name, full_name=whole, password=PASSWORD, code=self.used), SEAT
        )
        assert isinstance(done, Done), done
        return done

    def code(self, ahead: int = 0) -> str:
        """Give the code of now, or of so many steps from now."""
        step = int(datetime.now(UTC).timestamp()) // codes.STEP_S + ahead
        return str(pyotp.TOTP(self.secret).generate_otp(step))

    async def who(self, token: str, *, is_active: bool = True) -> Person | None:
        return await self.keeper.recognise(token, is_active=is_active)

    async def forget_codes(self) -> None:
        await self.run("UPDATE account SET totp_step = 0")

    async def run(self, statement: str) -> None:
        async with self.real.transaction() as transaction:
            await transaction.run(statement)

    async def events(self) -> list[tuple[str, str, object]]:
        async with self.real.transaction() as transaction:
            return [(line.event, line.actor, line.payload.get("why")) for line in await transaction.audit_lines()]


@pytest.fixture
def house(real: RealBench) -> House:
    return House(real)


async def test_the_first_link_makes_the_administrator_once(house: House) -> None:
    async with house.real.transaction() as transaction:
        former = await keeping.first_link(transaction)
        token = await keeping.first_link(transaction)
    assert former
    assert token
    assert await house.door.setup(former) is None, "a newer link takes the place of the former"
    chosen = Chosen(name="Keeper", full_name="K.", password="password" + "1234", code="000000")
    assert await house.door.finish(token, chosen, SEAT) == "common"
    chosen = Chosen(name="Keeper", full_name="K.", password=PASSWORD, code="000000")
    assert await house.door.finish(token, chosen, SEAT) == "code"
    shown = await house.door.setup(token)
    assert shown is not None
    house.secret = shown.secret
    tries = [
        house.door.finish(token, Chosen(name=f"keeper{n}", full_name="K.", password=PASSWORD, code=house.code()), SEAT)
        for n in range(4)
    ]
    done = await asyncio.gather(*tries)
    assert sum(isinstance(one, Done) for one in done) == 1
    async with house.real.transaction() as transaction:
        assert len(await accounts.listed(transaction)) == 1
        assert await keeping.first_link(transaction) is None


async def test_a_code_counts_once_and_none_from_before_it(house: House) -> None:
    await house.first()
    assert await house.door.sign_in("keeper", PASSWORD, house.used, SEAT) is Refused.WRONG, "used at the set-up"
    await house.forget_codes()
    code = house.code()  # one for all, also where half a minute ends between them
    tries = [house.door.sign_in("keeper", PASSWORD, code, Seat(address=f"10.1.0.{n}", agent="")) for n in "123"]
    entered = [one for one in await asyncio.gather(*tries) if not isinstance(one, Refused)]
    assert len(entered) == 1
    assert await house.door.sign_in("keeper", PASSWORD, house.code(-1), SEAT) is Refused.WRONG, "an earlier one"
    assert ("sign-in refused", "10.0.0.7", "used") in await house.events()


def test_a_clock_may_be_wrong_by_one_step_and_no_more() -> None:
    secret, at = codes.new_secret(), datetime(2026, 11, 28, 12, 0, 15, tzinfo=UTC)
    now = int(at.timestamp()) // codes.STEP_S
    given = [pyotp.TOTP(secret).generate_otp(now + ahead) for ahead in (-2, -1, 0, 1, 2)]
    assert [codes.step_of(secret, code, at) for code in given] == [None, now - 1, now, now + 1, None]
    assert codes.step_of(secret, f" {given[2][:3]} {given[2][3:]}", at) == now
    for wrong in ("", "0", "abcdef", given[2] + "0", "\uff11\uff12\uff13\uff14\uff15\uff16"):
        assert codes.step_of(secret, wrong, at) is None


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the last six of eight digits for SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - the one of the standard
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert codes.step_of(secret, code, at) == seconds // 30


async def test_a_recovery_code_stands_in_once(house: House) -> None:
    done = await house.first()
    spoken = done.recovery[0].upper().replace("-", " ")
    assert not isinstance(await house.door.sign_in("KEEPER ", PASSWORD, spoken, SEAT), Refused)
    assert await house.door.sign_in("keeper", PASSWORD, spoken, SEAT) is Refused.WRONG
    assert not isinstance(await house.door.sign_in("keeper", PASSWORD, done.recovery[1], SEAT), Refused)
    assert len(set(done.recovery)) == 10


async def test_guessing_waits_longer_and_longer_and_forgets_nobody(house: House) -> None:
    await house.first()
    await house.forget_codes()
    for name in ("keeper", "nobody"):
        guesses = [house.door.sign_in(name, f"guess {n}", "", Seat(address=f"10.2.{n}.1", agent="")) for n in range(8)]
        answers = await asyncio.gather(*guesses)
        assert answers.count(Refused.WRONG) == FREE_TRIES, "many at the same moment are as many"
        assert answers.count(Refused.PAUSED) == 8 - FREE_TRIES
    await house.run("UPDATE sign_in_pause SET until = now() + interval '15 min'")
    assert await house.door.sign_in("keeper", PASSWORD, house.code(), SEAT) is Refused.PAUSED
    await house.run("UPDATE sign_in_pause SET until = now() - interval '1 s'")
    token = await house.door.sign_in("keeper", PASSWORD, house.code(), SEAT)
    assert not isinstance(token, Refused), "nobody is locked out for good"
    async with house.real.transaction() as transaction:
        assert await sessions.charge(transaction, "account:keeper", datetime.now(UTC), HOUR) == 1


async def test_an_address_that_guesses_at_many_names_waits_too(house: House) -> None:
    await house.first()
    await house.run("INSERT INTO sign_in_pause VALUES ('address:10.0.0.7', 18, now(), now())")
    answers = await asyncio.gather(*(house.door.sign_in(f"name{n}", "x", "", SEAT) for n in range(4)))
    assert sorted(answers) == [Refused.PAUSED, Refused.PAUSED, Refused.WRONG, Refused.WRONG]
    other = Seat(address="10.9.9.9", agent="")
    assert await house.door.sign_in("name0", "x", "", other) is Refused.WRONG


async def test_an_untouched_session_locks_and_only_its_person_unlocks_it(real: RealBench) -> None:
    house = House(real, idle=timedelta(seconds=30))
    done = await house.first()
    person = await house.who(done.token)
    assert person is not None
    await house.run("UPDATE web_session SET active_at = now() - interval '29 s'")
    still = await house.who(done.token, is_active=False)
    assert still
    assert still.state is SessionState.OPEN
    await house.run("UPDATE web_session SET active_at = now() - interval '31 s'")
    locked = await house.who(done.token)
    assert locked
    assert locked.state is SessionState.LOCKED, "coming back is no sign of life"
    assert await house.keeper.unlock(locked, "not this") is False
    assert await house.keeper.unlock(locked, PASSWORD) is True
    assert await house.keeper.set_pin(person, "wrong", "204857") is False
    assert await house.keeper.set_pin(person, PASSWORD, "123456") == "pin"
    assert await house.keeper.set_pin(person, PASSWORD, "204857") is True
    await house.keeper.lock(person)
    assert await house.keeper.unlock(person, "204857") is True
    await house.keeper.lock(person)
    await house.run("UPDATE web_session SET wrong_unlocks = 4")
    assert [await house.keeper.unlock(person, "x") for _ in range(2)] == [False, None]
    assert await house.who(done.token) is None, "who guesses at it must sign in"
    events = [event for event, actor, _ in await house.events() if actor == "keeper"]
    assert {"session locked", "session unlocked", "signed in", "account changed"} <= set(events)


async def test_sessions_end_by_time_by_hand_by_password_and_with_the_account(house: House) -> None:
    done = await house.first()
    other = await house.door.sign_in("keeper", PASSWORD, done.recovery[0], SEAT)
    assert not isinstance(other, Refused)
    assert other != done.token
    person = await house.who(done.token)
    assert person is not None
    assert len(await house.keeper.of(person)) == 2
    assert await house.keeper.set_password(person, PASSWORD, "een zin van een andere dag") is True
    assert await house.who(other) is None
    assert await house.keeper.end(person, 999999) is False
    await house.run("UPDATE web_session SET ends_at = now()")
    assert await house.who(done.token) is None
    async with house.real.transaction() as transaction:
        rows = await transaction.rows("SELECT digest FROM web_session")
    assert done.token not in str(rows), "the database knows no token"


async def test_the_last_administrator_stays_also_where_two_go_at_once(house: House) -> None:
    await house.first()
    async with house.real.transaction() as transaction:
        token = await keeping.add(transaction, "second", "Tweede", ["administrator"])
    await house.set_up(token)

    async def leave(name: str) -> bool:
        try:
            async with house.real.transaction() as transaction:
                await keeping.disable(transaction, name)
        except InputError:
            return False
        return True

    assert sorted(await asyncio.gather(leave("keeper"), leave("second"))) == [False, True]


async def test_a_reset_takes_everything_and_gives_a_link(house: House) -> None:
    done = await house.first()
    async with house.real.transaction() as transaction:
        token = await keeping.reset(transaction, "keeper")
    assert await house.who(done.token) is None
    assert await house.door.sign_in("keeper", PASSWORD, done.recovery[0], SEAT) is Refused.WRONG
    again = await house.set_up(token)
    assert await house.who(again.token) is not None
    assert await house.door.setup(token) is None
