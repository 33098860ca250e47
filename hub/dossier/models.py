"""Tables of the dossier: who a family is, as the town's file knows it."""

from __future__ import annotations

from tortoise import fields

from hub.core.model import Model


class Family(Model):
    """A household. `is_known`: the town has it in its file under `number`; otherwise an account waits to be linked.

    In a separated family each guardian sees the children tied to them and the threads that they are part of, and
    nothing of the other guardian's address, telephones, incomes or bank.
    """

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(32, unique=True)
    name = fields.CharField(120)
    is_known = fields.BooleanField(default=True, db_default=True)
    is_separated = fields.BooleanField(default=False, db_default=False)
    allocataire = fields.CharField(120, default="", db_default="")  # name known to the CAF or MSA
    regime = fields.CharField(60, default="", db_default="")  # Régime général, MSA…
    allocataire_number = fields.CharField(30, default="", db_default="")
    quotient = fields.IntField(null=True)  # quotient familial, whole euros
    income = fields.IntField(null=True)  # reference income, euros a year
    quotient_on = fields.DateField(null=True)  # when both were last brought up to date
    dependent_children = fields.SmallIntField(null=True)
    manager = fields.CharField(160, default="", db_default="")  # who looks after the file, with their contact
    manager_contact = fields.CharField(300, default="", db_default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "family"


class Guardian(Model):
    """A responsable (rank 1) or conjoint (rank 2) of a family."""

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="guardians", db_index=True
    )
    family_id: int
    rank = fields.SmallIntField(default=1)
    civility = fields.CharField(10, default="")
    first_name = fields.CharField(80)
    last_name = fields.CharField(80)
    quality = fields.CharField(40, default="", db_default="")  # "Qualité": Père, Mère, Tuteur…
    situation = fields.CharField(40, default="", db_default="")  # Marié, Divorcé…: each their own
    address = fields.CharField(200, default="", db_default="")
    postcode = fields.CharField(10, default="", db_default="")
    city = fields.CharField(80, default="", db_default="")
    phone_home = fields.CharField(30, default="", db_default="")
    phone_work = fields.CharField(30, default="", db_default="")
    mobile = fields.CharField(30, default="", db_default="")
    email = fields.CharField(320, default="", db_default="")  # as the town's file has it; an account's is its own
    profession = fields.CharField(80, default="", db_default="")
    csp = fields.CharField(80, default="", db_default="")
    employer = fields.CharField(120, default="", db_default="")
    employer_address = fields.CharField(200, default="", db_default="")
    affiliation = fields.CharField(80, default="", db_default="")  # "Organisme de rattachement"
    accepts_mail = fields.BooleanField(default=False, db_default=False)  # "Autorisation courriel"
    accepts_sms = fields.BooleanField(default=False, db_default=False)
    wants_bills = fields.BooleanField(default=False, db_default=False)  # "Factures par e-mail": each as they like

    class Meta:
        table = "guardian"


class BankAccount(Model):
    """Coordonnées bancaires: a family's one account, or of parents who live apart one of each.

    The IBAN is sealed: only `masked` is ever shown.
    """

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField("dossier.Family", related_name="bank_accounts")
    family_id: int
    guardian: fields.ForeignKeyNullableRelation[Guardian] = fields.ForeignKeyField("dossier.Guardian", null=True)
    guardian_id: int | None  # whose it is; in a separated family nobody else sees it
    holder = fields.CharField(120)  # "Titulaire du compte"
    bank = fields.CharField(120, default="")
    iban = fields.TextField()  # sealed (hub.core.seal)
    masked = fields.CharField(40)  # "FR76 •••• •••• 0189"
    by_debit = fields.BooleanField(default=False)  # pays by prélèvement
    updated_at = fields.DatetimeField()

    class Meta:
        table = "bank_account"
        unique_together = (("family", "guardian"),)


class Child(Model):
    """A child of a family. `reference` is the town software's own number, by which an import finds it again."""

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="children", db_index=True
    )
    family_id: int
    reference = fields.CharField(40, default="")
    first_name = fields.CharField(80)
    last_name = fields.CharField(80)
    born_on = fields.DateField(null=True)
    sex = fields.CharField(1, default="")  # F | M | ""
    school = fields.CharField(120, default="")
    grade = fields.CharField(40, default="")  # CP, Moyenne section…
    authorisations = fields.JSONField[dict[str, bool]](default=dict)  # "Droit à l'image": True…
    left_at = fields.DatetimeField(null=True)  # no longer in the town's file

    class Meta:
        table = "child"


class Custody(Model):
    """That a guardian sees a child. Looked at in separated families only: elsewhere both see all."""

    id = fields.BigIntField(primary_key=True)
    child: fields.ForeignKeyRelation[Child] = fields.ForeignKeyField(
        "dossier.Child", related_name="custodies", db_index=True
    )
    child_id: int
    guardian: fields.ForeignKeyRelation[Guardian] = fields.ForeignKeyField(
        "dossier.Guardian", related_name="custodies", db_index=True
    )
    guardian_id: int

    class Meta:
        table = "custody"
        unique_together = (("child", "guardian"),)


class Collector(Model):
    """Somebody who may collect a child ("Autorisations"), and whom that guardian named."""

    id = fields.BigIntField(primary_key=True)
    child: fields.ForeignKeyRelation[Child] = fields.ForeignKeyField(
        "dossier.Child", related_name="collectors", db_index=True
    )
    child_id: int
    guardian: fields.ForeignKeyNullableRelation[Guardian] = fields.ForeignKeyField("dossier.Guardian", null=True)
    guardian_id: int | None  # who named them; in a separated family the other does not see their telephone
    name = fields.CharField(120)
    phone = fields.CharField(30, default="")
    relation = fields.CharField(60, default="")  # grand-mère, voisin…

    class Meta:
        table = "collector"


class HealthNote(Model):
    """Données sanitaires of a child. The text is sealed, and whoever reads it is written down."""

    id = fields.BigIntField(primary_key=True)
    child: fields.ForeignKeyRelation[Child] = fields.ForeignKeyField(
        "dossier.Child", related_name="health_notes", db_index=True
    )
    child_id: int
    kind = fields.CharField(40)  # allergies | lunettes | traitement | pai | médecin …
    text = fields.TextField()  # sealed
    updated_at = fields.DatetimeField()

    class Meta:
        table = "health_note"
        unique_together = (("child", "kind"),)


class FileReading(Model):
    """That somebody read what is not for everybody: health notes, an export, a whole bank account number."""

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyNullableRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", null=True, on_delete=fields.SET_NULL, db_index=True
    )
    family_id: int | None
    agent: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField("accounts.Agent", null=True)
    agent_id: int | None
    account: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "accounts.Account", null=True, on_delete=fields.SET_NULL
    )
    account_id: int | None
    what = fields.CharField(40)  # health | export | erasure | bank
    about = fields.CharField(120, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "file_reading"


class Document(Model):
    """A file of a family: sent by it and looked at by an agent, or made by the town for it.

    sent ──an agent looks──> validated ──its validity ends──> expired
      └──> withdrawn          └──> refused (`reason`, shown to the family)
    received: from the town; it has no other state.
    """

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField("dossier.Family", related_name="documents")
    family_id: int
    child: fields.ForeignKeyNullableRelation[Child] = fields.ForeignKeyField(
        "dossier.Child", related_name="documents", null=True
    )
    child_id: int | None  # about one child, or else…
    guardian: fields.ForeignKeyNullableRelation[Guardian] = fields.ForeignKeyField(
        "dossier.Guardian", related_name="documents", null=True
    )
    guardian_id: int | None  # …one guardian, or else the family
    account: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField(
        "accounts.Account", null=True, on_delete=fields.SET_NULL
    )
    account_id: int | None  # who sent it; in a separated family nobody else sees it
    kind = fields.CharField(60)  # slug of the settings
    state = fields.CharField(10)
    reason = fields.CharField(500, default="")
    blob = fields.CharField(80)
    filename = fields.CharField(200)
    content_type = fields.CharField(100)  # sniffed from the bytes, never believed
    size = fields.IntField()
    sha256 = fields.CharField(64)
    key = fields.CharField(80, unique=True)  # of the submission: two clicks make one document
    thread = fields.BigIntField(null=True)  # the conversation it was sent in: that room lies above
    request = fields.BigIntField(null=True)  # by which it is decided on: as that room
    sent_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by: fields.ForeignKeyNullableRelation[Model] = fields.ForeignKeyField("accounts.Agent", null=True)
    decided_by_id: int | None
    valid_until = fields.DateField(null=True)

    class Meta:
        table = "document"
        indexes = (("family_id", "kind", "id"),)
