"""Tables of the accounts: who may come in, as whom, and who tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields

from hub.core.model import Model

if TYPE_CHECKING:
    from hub.dossier.models import Family, Guardian


class Account(Model):
    """A guardian's way in. `login` and `email` are kept folded (lower case).

    `password` "": none was chosen yet; the first is set by "Mot de passe oublié" or stands in a letter.
    """

    id = fields.BigIntField(primary_key=True)
    guardian: fields.OneToOneRelation[Guardian] = fields.OneToOneField("dossier.Guardian", related_name="account")
    guardian_id: int
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="accounts", db_index=True
    )
    family_id: int
    login = fields.CharField(120, unique=True)
    name = fields.CharField(160)  # as shown to the services
    email = fields.CharField(320, unique=True, null=True)  # null: opened by a letter, and not told yet
    email_verified_at = fields.DatetimeField(null=True)  # without it no mail is sent there
    password = fields.CharField(200)  # argon2id
    must_change = fields.BooleanField(default=False, db_default=False)  # the password is provisional
    provisional_until = fields.DatetimeField(null=True)  # when a provisional password lapses
    totp = fields.TextField(default="", db_default="")  # sealed secret of the second factor; "" without
    totp_step = fields.IntField(default=0, db_default=0)  # of the last code used: none is accepted twice
    terms = fields.CharField(40, default="", db_default="")  # version of the conditions that were accepted
    terms_at = fields.DatetimeField(null=True)
    text_by_mail = fields.BooleanField(default=True, db_default=True)  # the town's answers in full, not only announced
    copies = fields.BooleanField(default=False, db_default=False)  # "Confirmation par email" is ticked in advance
    created_at = fields.DatetimeField()

    class Meta:
        table = "account"


class Agent(Model):
    """Somebody who works for the town and speaks by e-mail: `password` is for the desk and may be empty."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(160)
    email = fields.CharField(320, unique=True)
    aliases = fields.JSONField[list[str]](default=list)  # other addresses they write from
    password = fields.CharField(200, default="")
    must_change = fields.BooleanField(default=False, db_default=False)
    provisional_until = fields.DatetimeField(null=True)
    totp = fields.TextField(default="", db_default="")  # sealed secret of the second factor; "" without
    totp_step = fields.IntField(default=0, db_default=0)
    created_at = fields.DatetimeField()
    is_administrator = fields.BooleanField(default=False, db_default=False)  # made one at the desk
    left_at = fields.DatetimeField(null=True)  # works here no more: comes in no more, and is kept for their name
    version = fields.IntField(default=0, db_default=0)  # of two who change it at once, the second is told

    class Meta:
        table = "agent"


class DeskAct(Model):
    """What an agent did at the desk. Rows are only ever added, which the database sees to as well; `about` names
    things by number, never people."""

    id = fields.BigIntField(primary_key=True)
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="acts", null=True, on_delete=fields.RESTRICT, db_index=True
    )
    agent_id: int | None
    by = fields.CharField(160)  # the name, as it was then
    act = fields.CharField(120)
    about = fields.CharField(200, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "desk_act"


class Registration(Model):
    """An account that its owner has not activated yet. It becomes an `Account`, or is deleted when it lapses."""

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(320, unique=True)  # folded, as the next
    login = fields.CharField(120, unique=True)
    first_name = fields.CharField(80)
    last_name = fields.CharField(80)
    password = fields.CharField(200)  # argon2id
    dossier = fields.CharField(32, default="")  # number, as matched; "" for "continuer sans"
    dossier_name = fields.CharField(120, default="")
    terms = fields.CharField(40, default="")  # version of the conditions that were accepted
    terms_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    warned_at = fields.DatetimeField(null=True)  # that it will lapse

    class Meta:
        table = "registration"


class AccountLink(Model):
    """A link sent by mail: single use, expiring, and only its digest is stored.

    activate: of a registration · reset: of an account · desk: of an agent · first: of a guardian in the file who has no
    account yet · address: of an account, to the new or the old address.
    """

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(64, unique=True)  # SHA-256 of what stands in the link
    purpose = fields.CharField(12)
    registration: fields.ForeignKeyNullableRelation[Registration] = fields.ForeignKeyField(
        "accounts.Registration", related_name="links", null=True, db_index=True
    )
    registration_id: int | None
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="links", null=True, db_index=True
    )
    account_id: int | None
    guardian: fields.ForeignKeyNullableRelation[Guardian] = fields.ForeignKeyField(
        "dossier.Guardian", related_name="links", null=True, db_index=True
    )
    guardian_id: int | None
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="links", null=True, db_index=True
    )
    agent_id: int | None
    email = fields.CharField(320, default="")  # the address it was sent to, or that it confirms
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account_link"


class AddressChange(Model):
    """A change of address under way: done once both addresses have confirmed it."""

    id = fields.BigIntField(primary_key=True)
    account: fields.OneToOneRelation[Account] = fields.OneToOneField("accounts.Account", related_name="address_change")
    account_id: int
    email = fields.CharField(320)  # the new one
    old_confirmed_at = fields.DatetimeField(null=True)
    new_confirmed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "address_change"


class RecoveryCode(Model):
    """Stands in for the second factor, once."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(64)  # digest
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="recovery_codes", null=True, db_index=True
    )
    account_id: int | None
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="recovery_codes", null=True, db_index=True
    )
    agent_id: int | None
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"


class Session(Model):
    """A browser that is logged in. Only the digest of its cookie is stored."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(64, unique=True)  # SHA-256 of the cookie
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="sessions", null=True, db_index=True
    )
    account_id: int | None
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="sessions", null=True, db_index=True
    )
    agent_id: int | None
    remember = fields.BooleanField(default=False)
    device = fields.CharField(80, default="", db_default="")  # "Firefox sur Android": to tell sessions apart
    waits_for = fields.CharField(10, default="", db_default="")  # "totp" | "password": owed before all else
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "session"


class TypedForm(Model):
    """What somebody typed into a form that came when their session had lapsed; `sealed`: its fields, JSON."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="typed_forms", db_index=True
    )
    account_id: int
    page = fields.CharField(200)  # path of the page that the form is on
    sealed = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "typed_form"
        unique_together = (("account", "page"),)


class LoginFailure(Model):
    """A failed login, counted in one or more buckets (digests: an address or a login is never kept)."""

    id = fields.BigIntField(primary_key=True)
    bucket = fields.CharField(64)
    at = fields.DatetimeField()

    class Meta:
        table = "login_failure"
        indexes = (("bucket", "at"),)
