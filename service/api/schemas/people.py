"""Accounts, organisations, groups, lanes, definitions and access tokens."""

from marshmallow import fields

from service.api.fields import Choice, Id, Many, Schema, Text, Whole
from service.api.schemas.lists import PersonSchema, page_of
from storage.actor import Role


class OrganisationNameSchema(Schema):
    """An organisation by name."""

    id = fields.UUID()
    name = fields.String()


class MeSchema(Schema):
    """Who asks, and for which organisation they act."""

    account_id = fields.UUID()
    username = fields.String()
    language = fields.String()
    roles = fields.List(fields.String())
    organisation_id = fields.UUID(allow_none=True)
    organisations = fields.List(fields.Nested(OrganisationNameSchema))
    auth_level = fields.String()
    must_change_password = fields.Boolean()


class NewAccountSchema(Schema):
    """An account that an administrator makes; the password is a first one that has to be changed."""

    username = Text(1, 64, required=True)
    password = Text(1, 200, required=True)
    name = Text(1, 100, required=True)
    phone = Text(0, 40, load_default=None, allow_none=True)
    mail = Text(0, 200, load_default=None, allow_none=True)
    language = Choice("zh_CN", "en", load_default="zh_CN")
    roles = Many(Choice(*Role), 10, load_default=list)
    organisation_id = Id(load_default=None, allow_none=True)


class AccountChangeSchema(Schema):
    """What changes of an account; what is left out stays, an empty phone or mail is cleared."""

    name = Text(1, 100)
    phone = Text(0, 40)
    mail = Text(0, 200)
    language = Choice("zh_CN", "en")
    username = Text(1, 64)
    roles = Many(Choice(*Role), 10)


class FirstPasswordSchema(Schema):
    """A first password, which its owner has to change."""

    password = Text(1, 200, required=True)


class AccountSchema(Schema):
    """An account as administrators see it."""

    id = fields.UUID()
    username = fields.String()
    name = fields.String()
    phone = fields.String(allow_none=True)
    mail = fields.String(allow_none=True)
    language = fields.String()
    roles = fields.List(fields.String())
    organisations = fields.Function(
        lambda view: [{"id": str(id_), "name": name} for id_, name in view.organisations],
        metadata={"type": "array"},
    )
    must_change_password = fields.Boolean()
    created_at = fields.DateTime()
    disabled_at = fields.DateTime(allow_none=True)


class NewOrganisationSchema(Schema):
    """An organisation; the credit code is checked by GB 32100."""

    name = Text(1, 200, required=True)
    credit_code = Text(0, 18, load_default=None, allow_none=True)


class OrganisationChangeSchema(Schema):
    """What changes of an organisation; what is left out stays."""

    name = Text(1, 200)
    credit_code = Text(0, 18)


class NewGroupSchema(Schema):
    """A group of colleagues of one organisation."""

    name = Text(1, 100, required=True)


class MembersSchema(Schema):
    """All members, replacing those that were."""

    account_ids = Many(Id(), 500, required=True)


class GroupSchema(Schema):
    """A group and its members."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    name = fields.String()
    members = fields.List(fields.Nested(PersonSchema))


class OrganisationSchema(Schema):
    """An organisation with its groups and members."""

    id = fields.UUID()
    name = fields.String()
    credit_code = fields.String(allow_none=True)
    created_at = fields.DateTime()
    groups = fields.List(fields.Nested(GroupSchema))
    members = fields.List(fields.Nested(PersonSchema))


class BindingSchema(Schema):
    """Which group plays a lane of a process."""

    process_key = Text(1, 64, required=True)
    lane = Text(1, 64, required=True)
    group_id = Id(required=True, allow_none=True, metadata={"description": "null: nobody plays it."})


class LaneSchema(Schema):
    """A lane of a process and who plays it."""

    process_key = fields.String()
    lane = fields.String()
    title = fields.String()
    starter = fields.Boolean()
    organisation_id = fields.UUID(allow_none=True)
    organisation = fields.String(allow_none=True)
    group_id = fields.UUID(allow_none=True)
    group = fields.String(allow_none=True)
    active_members = fields.Integer()


class LanesSchema(Schema):
    """The lanes of all processes."""

    items = fields.List(fields.Nested(LaneSchema))


class DefinitionSchema(Schema):
    """One deployed version of a process; `created` is false when these very files were deployed before."""

    id = fields.UUID()
    process_key = fields.String()
    version = fields.Integer()
    sha256 = fields.String()
    title = fields.String()
    deployed_at = fields.DateTime()
    deployed_by = fields.Nested(PersonSchema, allow_none=True)
    note = fields.String(allow_none=True)
    running = fields.Integer()
    created = fields.Boolean()


class DeployFormSchema(Schema):
    """The note that goes with a deployed package."""

    note = Text(0, 500, load_default="")


class NewTokenSchema(Schema):
    """An access token for a program."""

    label = Text(1, 100, required=True)
    organisation_id = Id(load_default=None, allow_none=True)
    expires_in_days = Whole(1, 366, load_default=90, metadata={"description": "Days until it expires."})


class TokenSchema(Schema):
    """An access token; `secret` is shown once, by its creation."""

    id = fields.UUID()
    label = fields.String()
    organisation_id = fields.UUID(allow_none=True)
    created_at = fields.DateTime()
    expires_at = fields.DateTime(allow_none=True)
    revoked_at = fields.DateTime(allow_none=True)
    secret = fields.String(allow_none=True)


class TokensSchema(Schema):
    """One's own access tokens."""

    items = fields.List(fields.Nested(TokenSchema))


AccountPageSchema = page_of(AccountSchema, "AccountPage")
OrganisationPageSchema = page_of(OrganisationSchema, "OrganisationPage")


class GroupsSchema(Schema):
    """The groups of an organisation."""

    items = fields.List(fields.Nested(GroupSchema))
