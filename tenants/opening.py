"""Opening a centre: schema, login, rights and host at once, or nothing at all."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from foundation.errors import RuleViolation
from tenants import hosts
from tenants.hosts import name_of, reserved_names
from tenants.logins import create_login, login_exists, set_login
from tenants.migrating import CHANGING, execute, mark
from tenants.models import Centre, ConsortiumMember, Corporation, Domain, TemplateRecord
from tenants.schemas import RESERVED, TEMPLATE, for_centre, wanted_state

LONGEST_NAME = 100
SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*(:\d{{1,5}})?", re.IGNORECASE)


@dataclass(frozen=True)
class NewCentre:
    schema: str
    name: str
    host: str
    municipality: str
    corporations: Collection[str] = ()
    contract_from: date | None = None
    contract_until: date | None = None


def open_centre(new: NewCentre, *, adopt_login: bool = False) -> Centre:
    """As owner: replay the template under the centre's name, with login, rights, row and host, in one transaction.

    Raises RuleViolation (bad_schema, schema_taken, login_taken, bad_host, host_taken, no_name, bad_contract, not_migrated);
    then, and when killed half-way, nothing is left. `adopt_login` takes over a login of that name: logins belong to the
    server, not to the database, and test databases share theirs.
    """
    host = name_of(new.host)
    check_names(new)
    with transaction.atomic():
        execute(f"SELECT pg_advisory_xact_lock({CHANGING})")
        check_free(new.schema, host)
        ddl = current_template()
        if not login_exists("c_" + new.schema):
            create_login(new.schema)
        elif adopt_login:
            set_login("c_" + new.schema, new.schema)
        else:
            raise RuleViolation(f"データベースの利用者 c_{new.schema} がすでにあります。", code="login_taken")
        replay(ddl, new.schema)
        centre = enter(new, host)
        mark(new.schema)
    hosts.forget()
    return centre


def check_names(new: NewCentre) -> None:
    if not SCHEMA_NAME.fullmatch(new.schema) or new.schema in RESERVED or new.schema.startswith("pg_"):
        raise RuleViolation(
            f"スキーマ名「{new.schema}」は使えません。英小文字で始め、英小文字・数字・下線の2〜41文字にしてください。", code="bad_schema"
        )
    if not HOST_NAME.fullmatch(new.host):
        raise RuleViolation(f"ホスト名「{new.host}」は使えません。minato.example.jp のような形にしてください。", code="bad_host")
    if not new.name.strip() or not new.municipality.strip():
        raise RuleViolation("センターの名称と自治体を指定してください。", code="no_name")
    if max(len(new.name), len(new.municipality)) > LONGEST_NAME:
        raise RuleViolation(f"センターの名称と自治体は{LONGEST_NAME}文字までです。", code="long_name")
    if new.contract_from and new.contract_until and new.contract_until < new.contract_from:
        raise RuleViolation("契約の終了日が開始日より前です。", code="bad_contract")


def check_free(schema: str, host: str) -> None:
    if host in reserved_names() or Domain.objects.filter(domain=host).exists():
        raise RuleViolation(f"ホスト名「{host}」はすでに使われています。", code="host_taken")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        taken = cursor.fetchone() is not None
    if taken or Centre.objects.filter(schema_name=schema).exists():
        raise RuleViolation(f"スキーマ「{schema}」はすでに使われています。", code="schema_taken")


def current_template() -> str:
    record = TemplateRecord.objects.filter(hash=wanted_state(TEMPLATE)).first()
    if record is None:
        raise RuleViolation("データベースが今の版になっていません。先に manage.py migrate を実行してください。", code="not_migrated")
    return record.ddl


def replay(ddl: str, schema: str) -> None:
    execute("SET LOCAL search_path = ''; SET LOCAL check_function_bodies = off")
    execute(for_centre(ddl, schema))
    execute("SET LOCAL search_path = public, ext")


def enter(new: NewCentre, host: str) -> Centre:
    centre = Centre.objects.create(
        schema_name=new.schema,
        name=new.name.strip(),
        municipality=new.municipality.strip(),
        contract_from=new.contract_from,
        contract_until=new.contract_until,
    )
    Domain.objects.create(tenant=centre, domain=host, is_primary=True)
    for name in new.corporations:
        corporation, _ = Corporation.objects.get_or_create(name=name.strip())
        ConsortiumMember.objects.create(centre=centre, corporation=corporation)
    return centre
