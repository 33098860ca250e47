"""Tables of the accounts: who may come in, as whom, and who tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from hub.dossier.models import Family, Guardian


class Account(Model):
    """A guardian's way in. `login` and `email` are kept folded (lower case)."""

    id = fields.BigIntField(primary_key=True)
    guardian: fields.OneToOneRelation[Guardian] = fields.OneToOneField("dossier.Guardian", related_name="account")
    guardian_id: int
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="accounts", db_index=True
    )
    family_id: int
    login = fields.CharField(120, unique=True)
    name = fields.CharField(160)  # as shown to the services
    email = fields.CharField(320, unique=True)
    email_verified_at = fields.DatetimeField(null=True)
    password = fields.CharField(200)  # argon2id
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
    created_at = fields.DatetimeField()

    class Meta:
        table = "agent"


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
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "session"


class LoginFailure(Model):
    """A failed login, counted in one or more buckets (digests: an address or a login is never kept)."""

    id = fields.BigIntField(primary_key=True)
    bucket = fields.CharField(64)
    at = fields.DatetimeField()

    class Meta:
        table = "login_failure"
        indexes = (("bucket", "at"),)
