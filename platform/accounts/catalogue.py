"""The catalogue of roles and permissions: code, Japanese label and the roles that have it."""

from enum import StrEnum
from typing import Self

from django.db.models import TextChoices


class Role(TextChoices):
    CHIEF_COUNSELLOR = "chief_counsellor", "主任相談支援員"
    COUNSELLOR = "counsellor", "相談支援員"
    EMPLOYMENT_SUPPORTER = "employment_supporter", "就労支援員"
    BUDGET_SUPPORTER = "budget_supporter", "家計改善支援員"
    HOUSING_COUNSELLOR = "housing_counsellor", "住まい相談支援員"
    CLERK = "clerk", "事務担当"
    CENTRE_ADMIN = "centre_admin", "センター管理者"
    ANALYST = "analyst", "統計担当"
    TRAINING_OFFICER = "training_officer", "研修担当"
    PRIVACY_OFFICER = "privacy_officer", "個人情報保護担当"
    GUEST = "guest", "関係機関の利用者"


DECIDING_ROLES = frozenset({Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN, Role.PRIVACY_OFFICER})  # whose second word something can hang on
SUPPORT_ROLES = frozenset(
    {Role.CHIEF_COUNSELLOR, Role.COUNSELLOR, Role.EMPLOYMENT_SUPPORTER, Role.BUDGET_SUPPORTER, Role.HOUSING_COUNSELLOR}
)
CENTRE_ROLES = SUPPORT_ROLES | {Role.CLERK, Role.CENTRE_ADMIN}
HEADQUARTERS_ROLES = frozenset({Role.ANALYST, Role.TRAINING_OFFICER, Role.PRIVACY_OFFICER})
PASSKEY_ROLES = HEADQUARTERS_ROLES | {Role.CENTRE_ADMIN}  # where a second factor is required, only a passkey is one
MEMBER_ROLES = CENTRE_ROLES | HEADQUARTERS_ROLES


class Permission(StrEnum):
    label: str
    default_roles: frozenset[Role]

    def __new__(cls, code: str, label: str, default_roles: frozenset[Role]) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.default_roles = default_roles
        return member

    VIEW_OWN_CASES = "view_own_cases", "担当するケースを見る", SUPPORT_ROLES
    RECEIVE_PERSON = "receive_person", "相談を受け付ける", SUPPORT_ROLES | {Role.CLERK}
    WORK_ON_CASE = "work_on_case", "担当するケースを記録する", SUPPORT_ROLES
    ASSIGN_CARE_TEAM = "assign_care_team", "ケースの担当を決める", frozenset({Role.CHIEF_COUNSELLOR})
    READ_ALL_CASES = "read_all_cases", "監督のためにすべてのケースを読む", frozenset({Role.CHIEF_COUNSELLOR})
    SEE_CASE_REGISTER = "see_case_register", "ケース番号と担当者の一覧を見る", SUPPORT_ROLES | {Role.CLERK}
    HOLD_MEETING = "hold_meeting", "支援調整会議を開く", frozenset({Role.CHIEF_COUNSELLOR, Role.COUNSELLOR})
    RECORD_MUNICIPAL_DECISION = (
        "record_municipal_decision",
        "自治体の支援決定・確認を記録する",
        frozenset({Role.CHIEF_COUNSELLOR, Role.COUNSELLOR}),
    )
    MAKE_MONTHLY_REPORT = "make_monthly_report", "月次報告を作る", frozenset({Role.CHIEF_COUNSELLOR, Role.CLERK})
    EXPORT_LISTS = "export_lists", "人の一覧をファイルに書き出す", frozenset({Role.CHIEF_COUNSELLOR})
    APPROVE_EXPORT = "approve_export", "多人数の書き出しを承認する", frozenset({Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN})
    IMPORT_HISTORY = "import_history", "過去の記録を取り込む", frozenset({Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN})
    REFER_AND_SHARE = "refer_and_share", "関係機関へつなぎ、情報を共有する", SUPPORT_ROLES
    END_SHARE = "end_share", "関係機関への共有を終える", SUPPORT_ROLES
    REVIEW_EVIDENCE = "review_evidence", "だれが記録を見たかを確かめる", frozenset({Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN})
    MANAGE_STAFF = "manage_staff", "職員と関係機関の利用者を管理する", frozenset({Role.CENTRE_ADMIN, Role.PRIVACY_OFFICER})
    END_MEMBERSHIP = (
        "end_membership",
        "職員の利用を終了する",
        frozenset({Role.CENTRE_ADMIN, Role.CHIEF_COUNSELLOR, Role.PRIVACY_OFFICER}),
    )
    DECIDE_ACCOUNT_RESET = (
        "decide_account_reset",
        "二段階認証の再登録を承認する",
        frozenset({Role.CENTRE_ADMIN, Role.CHIEF_COUNSELLOR, Role.PRIVACY_OFFICER, Role.TRAINING_OFFICER}),
    )
    VIEW_HEADQUARTERS_FIGURES = "view_headquarters_figures", "全センターの活動実績を見る", HEADQUARTERS_ROLES
    SEE_OVERDUE_REVIEWS = "see_overdue_reviews", "閲覧の確認の遅れを件数で見る", frozenset({Role.PRIVACY_OFFICER})
    ERASE_CLIENT = "erase_client", "相談者の記録の消去を求める・認める", frozenset({Role.CHIEF_COUNSELLOR, Role.CENTRE_ADMIN})
    USE_API = "use_api", "APIトークンを使う", SUPPORT_ROLES | {Role.CLERK}
