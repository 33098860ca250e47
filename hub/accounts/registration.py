"""Coming in by oneself: what the wizard checks, the account that waits for its activation, the account it becomes.

Nothing is stored before the last step. What is then stored is a `Registration`; an `Account` there is only once the
owner of the address has used the link. Whoever types an address learns nothing about whether it has an account: with
one, too, a registration waits until it lapses, its user name is taken and its password is known, but no link leads to
it, and the owner is told.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from hub.accounts.attempts import Attempts
from hub.accounts.links import Links, Purpose
from hub.accounts.models import Account, Registration
from hub.accounts.names import fold, kept, known_as, login_fault
from hub.accounts.passwords import Passwords
from hub.accounts.people import EMAIL, free_name
from hub.accounts.policy import password_fault
from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.tokens import random_token
from hub.dossier.matching import folded, numbers, same_name
from hub.dossier.models import Family, Guardian
from hub.mail.letters import Envelope, Letters
from hub.mail.outbox import Outbox

FREE_REFERENCES = 8  # wrong references before whoever goes on has to wait
FREE_LETTERS = 3  # letters to one address before the next has to wait
LONGEST_NAME, LONGEST_EMAIL = 80, 320
FIELDS = ("nom", "prenom", "email", "email2", "identifiant", "mot_de_passe", "mot_de_passe2")  # as they stand
_NUMBER = "UPPER(REPLACE(f.number, ' ', ''))"  # as hub.dossier.matching has it, however the town's software writes it
NO_MATCH = (
    "Aucun dossier ne porte ce numéro et ce nom. Recopiez-les tels qu’ils figurent sur votre facture "
    "ou dans le courrier de la mairie."
)


@dataclass(frozen=True, slots=True)
class Person:
    """Step 1, as typed. `login`: not asked for where one logs in by the address only."""

    first_name: str
    last_name: str
    email: str
    email_again: str
    login: str
    password: str
    password_again: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """All that the wizard gathered, checked. `password` is hashed; `dossier` is "" for "continuer sans"; `login` is ""
    where one is made, since nobody logs in by it."""

    first_name: str
    last_name: str
    email: str
    login: str
    password: str
    dossier: str = ""
    dossier_name: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Activated:
    """What came of an activation. Not `is_linked`: the service is to be asked to link it to a dossier."""

    account: Account
    is_linked: bool
    asked_for: str  # the dossier number that was given, or ""


class Registrations:
    """Takes families in."""

    def __init__(self, core: Core, passwords: Passwords, links: Links, letters: Letters, outbox: Outbox) -> None:
        self._core = core
        self._settings = core.config.registration
        self._asks_login = core.config.entrance.by != "email"
        self._passwords = passwords
        self._links = links
        self._letters = letters
        self._outbox = outbox
        self._attempts = Attempts(core)

    async def check_person(self, typed: Person, keeps_password: bool = False) -> str:
        """Step 1: the hash of the password, "" when the one given before is kept. Raises Invalid, by form field."""
        errors = self._person_faults(typed, keeps_password)
        is_named = self._asks_login and "identifiant" not in errors
        if is_named and await self._is_taken(kept(typed.login), fold(typed.email)):
            errors["identifiant"] = "Ce nom d’utilisateur est déjà pris. Ajoutez par exemple votre prénom."
        if errors:
            raise Invalid({field: errors[field] for field in FIELDS if field in errors})
        return await self._passwords.hash(typed.password) if typed.password else ""

    async def check_references(self, number: str, name: str, address: str) -> str:
        """Step 2: the number of the dossier that bears that name. Raises Invalid, or TooOften for who guesses.

        `address`: of the visitor's network.
        """
        errors = {}
        if not number.strip():
            errors["dossier"] = "Indiquez votre numéro de dossier, ou cochez la case « continuer sans »."
        if not name.strip():
            errors["dossier_nom"] = "Indiquez le nom de votre dossier, tel qu’il figure sur votre facture."
        if errors:
            raise Invalid(errors)
        about = f"address {address}", f"name {folded(name)}"
        await self._attempts.count("references", *about, free=FREE_REFERENCES)
        family = await self._family(number, name)
        if family is None:
            raise Invalid({"dossier": NO_MATCH})
        await self._attempts.forget("references", *about)
        return family.number

    async def register(self, applicant: Applicant, address: str) -> None:
        """The last step: a letter with the activation link, or, to an address in use, one that says so to its owner.

        `address`: of the visitor's network. Raises Conflict when the user name was taken meanwhile, or TooOften.
        """
        await self._attempts.count("registration", f"address {address}", f"mail {applicant.email}", free=FREE_LETTERS)
        async with self._core.db.transaction():
            await self._core.db.lock("registration")
            if self._asks_login and await self._is_taken(applicant.login, applicant.email):
                raise Conflict("Ce nom d’utilisateur vient d’être pris. Choisissez-en un autre.", "identifiant")
            await Registration.filter(email=applicant.email).delete()
            await self._write_to(await self._store(applicant, await self._login(applicant)))

    async def resend(self, email: str) -> None:
        """Another link, if there is a registration under that address. Says nothing either way. Raises TooOften."""
        await self._attempts.count("activation", f"mail {fold(email)}", free=FREE_LETTERS)
        async with self._core.db.transaction():
            await self.remind(fold(email))

    async def remind(self, email: str) -> None:
        """The same as part of the caller's transaction, uncounted."""
        waiting = await Registration.get_or_none(email=email, expires_at__gt=self._core.clock.now())
        if waiting is not None:
            await self._write_to(waiting)

    async def waiting(self, token: str) -> Registration:
        """The registration behind a link that still works. Raises NotFound."""
        link = await self._links.usable(token, Purpose.activate)
        return await Registration.get(id=link.registration_id)

    async def activate(self, token: str) -> Activated:
        """The registration becomes an account, linked to its dossier if that still has room. Raises NotFound."""
        async with self._core.db.transaction():
            await self._core.db.lock("registration")
            link = await self._links.use(token, Purpose.activate)
            waiting = await Registration.get(id=link.registration_id)
            guardian = await self._place(waiting)
            is_linked = guardian is not None
            if guardian is None:
                guardian = await self._newcomer(waiting)
            account = await self._open(waiting, guardian)
            if is_linked:
                await self._tell_family(account)
            await waiting.delete()
        return Activated(account, is_linked, waiting.dossier)

    async def warn(self) -> int:
        """Tell who has not activated that the account is about to be deleted. For the hourly round; how many."""
        now = self._core.clock.now()
        soon = now + timedelta(hours=self._settings.warning_hours)
        late = await Registration.filter(warned_at=None, expires_at__lte=soon, expires_at__gt=now).limit(500)
        for waiting in late:
            async with self._core.db.transaction():
                is_first = await Registration.filter(id=waiting.id, warned_at=None).update(warned_at=now)
                if is_first and not await Account.exists(email=waiting.email):
                    await self._send_link(waiting, "activation-reminder")
        return len(late)

    async def forget(self) -> None:
        """Delete the registrations that lapsed, and their links with them. For the hourly round."""
        await Registration.filter(expires_at__lte=self._core.clock.now()).delete()

    def _person_faults(self, typed: Person, keeps_password: bool) -> dict[str, str]:
        errors = {
            "nom": "" if typed.last_name.strip() else "Indiquez votre nom.",
            "prenom": "" if typed.first_name.strip() else "Indiquez votre prénom.",
            "email": _email_fault(typed.email),
            "email2": ""
            if fold(typed.email) == fold(typed.email_again)
            else "Les deux adresses ne sont pas les mêmes.",
            "identifiant": login_fault(typed.login) if self._asks_login else "",
        }
        for field, name in ("nom", typed.last_name), ("prenom", typed.first_name):
            if len(name) > LONGEST_NAME:
                errors[field] = f"{LONGEST_NAME} caractères au plus."
        if typed.password or typed.password_again or not keeps_password:
            errors["mot_de_passe"] = self._password_fault(typed)
            if not errors["mot_de_passe"] and typed.password != typed.password_again:
                errors["mot_de_passe2"] = "Les deux mots de passe ne sont pas les mêmes."
        return {field: fault for field, fault in errors.items() if fault}

    def _password_fault(self, typed: Person) -> str:
        security = self._core.config.security
        known = (typed.first_name, typed.last_name, typed.login, typed.email.partition("@")[0])
        return password_fault(typed.password, security.password_length, security.password_mixed, known)

    async def _is_taken(self, login: str, email: str) -> bool:
        """By an account, or by a registration under another address that has not lapsed."""
        if await Account.exists(login=login):
            return True
        waiting = Registration.filter(login=login, expires_at__gt=self._core.clock.now()).exclude(email=email)
        return await waiting.exists()

    async def _family(self, number: str, name: str) -> Family | None:
        """The dossier of that number that bears that name, its own or one of its guardians'."""
        likely = numbers(number, self._settings.invoice_pattern)
        if not likely:
            return None
        rows = await self._core.db.rows(
            f"SELECT f.id, {_NUMBER} AS number, f.name, g.last_name FROM family f "
            f"LEFT JOIN guardian g ON g.family_id = f.id WHERE f.is_known AND {_NUMBER} IN ({marks(likely)})",
            *likely,
        )
        short = self._settings.match_name == "first-part"
        fitting = [r for r in rows if same_name(name, r["name"], short) or same_name(name, r["last_name"] or "", short)]
        if not fitting:
            return None
        best = min(fitting, key=lambda row: likely.index(row["number"]))
        return await Family.get(id=best["id"])

    async def _login(self, applicant: Applicant) -> str:
        if self._asks_login:
            return applicant.login
        return await free_name(applicant.first_name, applicant.last_name, applicant.dossier)

    async def _store(self, applicant: Applicant, login: str) -> Registration:
        now = self._core.clock.now()
        await Registration.filter(login=login, expires_at__lte=now).delete()
        return await Registration.create(
            email=applicant.email,
            login=login,
            first_name=applicant.first_name,
            last_name=applicant.last_name,
            password=applicant.password,
            dossier=applicant.dossier,
            dossier_name=applicant.dossier_name,
            terms=applicant.terms,
            terms_at=now if applicant.terms else None,
            created_at=now,
            expires_at=now + timedelta(hours=self._settings.activation_hours),
        )

    async def _place(self, waiting: Registration) -> Guardian | None:
        """The guardian of the file whom the account is for; None when the service has to decide.

        The one who bears both names; else the only one who bears the name and has no account. Never somebody who has
        an account already: a number and a name are on every invoice. Of parents who live apart the other knows both
        names as well: there only the address tells, if it is the one that the town has.
        """
        family = await self._family(waiting.dossier, waiting.dossier_name) if waiting.dossier else None
        if family is None:
            return None
        guardians = await Guardian.filter(family=family).prefetch_related("account")
        free = [guardian for guardian in guardians if not await Account.exists(guardian=guardian)]
        if family.is_separated:
            known = [guardian for guardian in free if fold(guardian.email) == waiting.email]
            return known[0] if len(known) == 1 else None
        first = folded(waiting.first_name)
        same = [
            g for g in guardians if folded(g.first_name) == first and same_name(waiting.last_name, g.last_name, True)
        ]
        if same:
            return same[0] if same[0] in free else None
        named = [g for g in free if same_name(waiting.dossier_name, g.last_name, True)]
        if len(named) == 1:
            return named[0]
        return await self._first_guardian(family, waiting) if not guardians else None

    async def _first_guardian(self, family: Family, waiting: Registration) -> Guardian:
        return await Guardian.create(family=family, first_name=waiting.first_name, last_name=waiting.last_name)

    async def _newcomer(self, waiting: Registration) -> Guardian:
        """A family that the town does not know yet."""
        family = await Family.create(
            number=f"en attente {secrets.token_hex(4).upper()}",  # it stands where the number would
            name=waiting.last_name,
            is_known=False,
            created_at=self._core.clock.now(),
        )
        return await self._first_guardian(family, waiting)

    async def _open(self, waiting: Registration, guardian: Guardian) -> Account:
        now = self._core.clock.now()
        try:
            return await Account.create(
                guardian=guardian,
                family_id=guardian.family_id,
                login=waiting.login,
                name=f"{waiting.first_name} {waiting.last_name}",
                email=waiting.email,
                email_verified_at=now,
                password=waiting.password,
                terms=waiting.terms,
                terms_at=waiting.terms_at,
                created_at=now,
            )
        except IntegrityError as error:  # the service opened one under that name or address meanwhile
            raise NotFound from error

    async def _write_to(self, waiting: Registration) -> None:
        """The link; to who has an account under that address, the news that somebody wanted another."""
        known = await Account.get_or_none(email=waiting.email)
        await (self._tell_owner(known) if known else self._send_link(waiting))

    async def _send_link(self, waiting: Registration, template: str = "activation") -> None:
        left = waiting.expires_at - self._core.clock.now()
        link = await self._links.make(Purpose.activate, left, waiting.email, registration_id=waiting.id)
        name = f"{waiting.first_name} {waiting.last_name}"
        await self._write(template, waiting.email, name, waiting.id, {
            "link": link, "expires_at": waiting.expires_at, "hours": self._settings.activation_hours,
            **self._known(waiting.login, waiting.email),
        })  # fmt: skip

    async def _tell_owner(self, account: Account) -> None:
        url = f"{self._core.config.web.url.rstrip('/')}/mot-de-passe-oublie"
        await self._write("already-registered", account.email or "", account.name, account.id, {
            "link": url, **self._known(account.login, account.email),
        })  # fmt: skip

    def _known(self, login: str, email: str | None) -> dict[str, object]:
        """What a letter says one logs in by."""
        by = self._core.config.entrance.by
        return {"login": known_as(by, login, email)[1], "by_email": by == "email"}

    async def _tell_family(self, account: Account) -> None:
        """The other accounts of the dossier hear that there is one more; its name is not told."""
        others = Account.filter(family_id=account.family_id, email_verified_at__isnull=False).exclude(id=account.id)
        for other in await others:
            await self._write("joined-family", other.email or "", other.name, f"{other.id}-{account.id}", {})

    async def _write(self, template: str, email: str, name: str, about: object, context: dict[str, object]) -> None:
        key = f"{template}:{about}:{random_token()[:16]}"
        envelope = Envelope(key=key, address=email, name=name, returns=True)
        await self._outbox.queue([self._letters.write(template, envelope, context)])


def _email_fault(email: str) -> str:
    folded_email = fold(email)
    if not folded_email:
        return "Indiquez votre adresse e-mail."
    if not EMAIL.fullmatch(folded_email) or len(folded_email) > LONGEST_EMAIL:
        return "Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@exemple.fr"
    return ""
