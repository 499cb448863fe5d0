"""Mails that tell somebody that something happened to her account or waits for her here: fixed text by code, never a person's data.

A mail is read in trains, forwarded and searched by others. So it says what kind of thing happened, at which host, and where
to sign in; everything else stands behind the sign-in.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from accounts.models import Account, Notice
from foundation import clock
from tenants.activation import active_host
from tenants.hosts import Host

JOB = "send_notice"


class Text(NamedTuple):
    subject: str
    body: str


NOT_YOU = "心当たりがないときは、すぐにセンターの管理者に電話で連絡してください。"
_texts: dict[str, Text] = {
    "news": Text("新しいお知らせがあります", "サインインして、ご確認ください。"),
    "password_changed": Text("パスワードが変更されました", NOT_YOU),
    "second_factor_changed": Text("二段階認証が変更されました", NOT_YOU),
    "passkey_added": Text("パスキーが追加されました", NOT_YOU),
    "passkey_removed": Text("パスキーが削除されました", NOT_YOU),
    "recovery_codes_made": Text("リカバリーコードが新しく作られました", f"前のコードは使えなくなりました。{NOT_YOU}"),
    "recovery_code_used": Text("リカバリーコードが使われました", f"使ったコードは、もう使えません。{NOT_YOU}"),
    "new_device": Text("新しい端末でサインインがありました", NOT_YOU),
    "sessions_ended": Text("ほかの端末のサインインが終了しました", NOT_YOU),
    "decider_added": Text(
        "主任や管理者の役割を持つ人が加わりました", "サインインして「管理」の職員の一覧で確かめ、知らない人ならすぐに止めてください。"
    ),
    "access_ended": Text(
        "利用が終了しました", "この後は、サインインできません。心当たりがないときは、センターの管理者に確認してください。"
    ),
}
_ask: list[Callable[[UUID], object]] = []


def register(code: str, subject: str, body: str) -> None:
    """A slice adds a code of its own in AppConfig.ready(). The text is fixed: there is nothing to fill in. ValueError for a code taken."""
    if _texts.setdefault(code, Text(subject, body)) != Text(subject, body):
        raise ValueError(f"two texts for the notice {code}")


def texts() -> MappingProxyType[str, Text]:
    return MappingProxyType(_texts)


def send_by(ask: Callable[[UUID], object]) -> None:
    """How a mail is asked for; jobs, which lies above, names its outbox."""
    _ask[:] = [ask]


@transaction.atomic
def tell(account: Account, code: str) -> Notice:
    """Ask for one mail in the caller's transaction: no change, no mail."""
    assert code in _texts, code
    notice = Notice.objects.create(account=account, code=code, asked_at=clock.now())
    for ask in _ask:
        ask(notice.pk)
    return notice


def deliver(notice_id: UUID | None) -> None:
    """Send it, inside the job's transaction. A mail that went out before a crash goes out again under the same Message-ID."""
    assert notice_id is not None
    notice = Notice.objects.select_for_update(of=("self",)).select_related("account").get(pk=notice_id)
    if notice.sent_at is not None:
        return
    message(notice, active_host()).send()
    notice.sent_at = clock.now()
    notice.save(update_fields=["sent_at"])


def message(notice: Notice, host: Host) -> EmailMessage:
    text = _texts[notice.code]
    body = f"""{host.name}（つなぎ帖）からお知らせします。

{text.subject}。
{text.body}

{host.url}

このメールには、相談の内容や相談者の情報を書いていません。
このメールには返信できません。
"""
    sender = settings.DEFAULT_FROM_EMAIL
    identity = f"<{notice.pk}@{sender.rpartition('@')[2].rstrip('>')}>"
    return EmailMessage(f"【つなぎ帖】{text.subject}", body, sender, [notice.account.email], headers={"Message-ID": identity})
