"""What a kind of request is: a form, a check, and what accepting it does.

A new kind is one file, one line in `hub/actions/kinds/__init__.py` and its slug in `hub/config.py`. One that only sets
columns of a row of the dossier is a list of them (`Columns`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from tortoise.models import Model

from hub.config import Config
from hub.core.base import Core
from hub.core.errors import Conflict, Invalid
from hub.core.french import whole_date
from hub.dossier.cells import CellFault, phone
from hub.dossier.file import FamilyFile
from hub.dossier.models import Child
from hub.dossier.view import FileView

Payload = dict[str, Any]  # what is applied or undone: JSON
NOTHING = "–"
GONE = "Ce qui devait être modifié n’est plus dans le dossier : la demande ne peut plus être acceptée."
UNCHANGED = "Modifiez au moins une information."
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the form. `options` of a choice: (value, words); `complete`: what a browser may fill in of its owner
    (HTML, autofill detail tokens)."""

    name: str
    label: str
    type: Literal["text", "tel", "number", "date", "choice", "tick", "long"] = "text"
    required: bool = False
    most: int = 120  # characters
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    complete: str = "off"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a request stands: the file as whoever asks sees it, and the child it is about."""

    core: Core
    files: FamilyFile
    view: FileView
    child: Child | None = None
    agent: int = 0  # who decides

    @property
    def guardian(self) -> int:
        return int(self.view.me.id)

    @property
    def today(self) -> date:
        return self.core.today()


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what is asked for, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed its check."""

    changes: tuple[Change, ...]
    payload: Payload


class Kind(ABC):
    """A kind of request. `about` a child or the family's own; `is_single`: not asked for again while one waits.

    `is_secret`: what is asked stands neither in the thread nor in any mail. `is_personal`: of no use once whoever asked
    is no longer in the file; and refusing or withdrawing one changes nothing but its state.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str] = "Je demande une modification de mon dossier : {what}."  # of the message
    about: ClassVar[Literal["account", "child"]] = "account"
    fields: ClassVar[tuple[Field, ...]] = ()
    is_single: ClassVar[bool] = True
    is_secret: ClassVar[bool] = False
    is_personal: ClassVar[bool] = True
    direct: ClassVar[str] = ""  # of [dossier]: where families change it by themselves, it is not asked for

    def is_offered(self, view: FileView) -> bool:
        """Whether it makes sense for whoever sees this file."""
        return True

    def service(self, config: Config) -> str:
        """Slug of the service that decides; "" the first one."""
        return config.dossier.service

    def inputs(self, ground: Ground) -> Sequence[Field]:
        """The form's."""
        return self.fields

    async def present(self, ground: Ground) -> Mapping[str, str]:
        """What the form begins with, by field."""
        return {}

    @abstractmethod
    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        """What is asked for. Raises Invalid."""

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        """Do it, within the caller's transaction; what `revert` needs to undo it. Raises Conflict."""
        return {}

    async def refuse(self, ground: Ground, payload: Payload, reason: str) -> Payload:
        """The same for a refusal, of what is not personal."""
        return {}

    async def withdraw(self, payload: Payload) -> None:
        """Whoever asked no longer does; within the caller's transaction."""
        return

    async def revert(self, ground: Ground, before: Payload) -> None:
        """Undo what `accept` or `refuse` did a moment ago, within the caller's transaction."""
        return

    def told(self, accepted: bool, changes: Sequence[Change], done: Payload) -> str:
        """What the family reads of a decision; the reason stands below. `done`: what `accept` or `refuse` returned."""
        return f"Votre demande « {self.title} » est {'acceptée' if accepted else 'refusée'}."


class Columns(Kind):
    """Sets columns of one row; `columns` by field name."""

    columns: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def row(self, ground: Ground) -> Model | None:
        """The row. None: it is gone."""

    async def present(self, ground: Ground) -> Mapping[str, str]:
        row = self.row(ground)
        return {f.name: written(f, getattr(row, self.columns[f.name])) for f in self.fields} if row else {}

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        row, found = self.row(ground), read_all(self.fields, typed)
        changed = [f for f in self.fields if row and found[f.name] != getattr(row, self.columns[f.name])]
        if not changed:
            raise Invalid({self.fields[0].name: UNCHANGED})
        return Asked(
            tuple(
                Change(f.label, was(f, getattr(row, self.columns[f.name])), shown(f, found[f.name])) for f in changed
            ),
            {self.columns[f.name]: found[f.name] for f in changed},
        )

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        row = self._still_there(ground)
        before = {column: getattr(row, column) for column in payload}
        await row.__class__.filter(pk=row.pk).update(**payload)
        return before

    async def revert(self, ground: Ground, before: Payload) -> None:
        row = self._still_there(ground)
        await row.__class__.filter(pk=row.pk).update(**before)

    def _still_there(self, ground: Ground) -> Model:
        row = self.row(ground)
        if row is None:
            raise Conflict(GONE)
        return row


def read_all(fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, Any]:
    """The values of a form, by field. Raises Invalid with every error."""
    found, errors = {}, {}
    for field in fields:
        try:
            found[field.name] = read(field, typed.get(field.name, "").strip())
        except CellFault as fault:
            errors[field.name] = str(fault)
    if errors:
        raise Invalid(errors)
    return found


def read(field: Field, typed: str) -> Any:
    """Pure: one value as it is stored. Raises CellFault with a sentence for the person."""
    if field.type == "tick":
        return bool(typed)
    if not typed:
        if field.required:
            raise CellFault(f"Le champ « {field.label} » est à remplir.")
        return None if field.type in ("number", "date") else ""
    if len(typed) > field.most:
        raise CellFault(f"{field.most} caractères au plus.")
    match field.type:
        case "tel":
            return _phone(typed)
        case "number":
            return _number(typed)
        case "date":
            return _date(typed)
        case "choice" if typed not in {value for value, _ in field.options}:
            raise CellFault("Choisissez dans la liste.")
    return typed


def shown(field: Field, value: Any) -> str:
    """Pure: a stored value in words."""
    if field.type == "tick":
        return "Oui" if value else "Non"
    if value in (None, ""):
        return NOTHING
    if isinstance(value, date):
        return whole_date(value)
    return dict(field.options).get(str(value), str(value))


def was(field: Field, value: Any) -> str:
    """Pure: what stood there before in words; "" when nothing did."""
    return "" if value in (None, "") else shown(field, value)


def written(field: Field, value: Any) -> str:
    """Pure: a stored value as the form takes it."""
    if field.type == "tick":
        return "1" if value else ""
    return "" if value is None else str(value)


def _phone(typed: str) -> str:
    try:
        return str(phone(typed))
    except CellFault as fault:
        raise CellFault("Ce numéro n’est pas complet. Exemple : 06 12 34 56 78") from fault


def _number(typed: str) -> int:
    digits = "".join(typed.split()).removesuffix("€")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise CellFault("Écrivez un nombre entier, sans les centimes.")
    return int(digits)


def _date(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as fault:
        raise CellFault("Cette date n’est pas complète.") from fault
