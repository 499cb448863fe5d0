"""How the actions of accounts read in the trail."""

from audit import sentences

sentences.register(
    {
        "sign_in": "サインインしました",
        "sign_out": "サインアウトしました",
        "sign_in.failed": "サインインに失敗しました",
        "sign_in.throttled": "サインインを続けて失敗し、しばらく止められました",
        "session.ended": "利用の期限や確認の不足のため、サインインが終わりました",
        "reauthentication.failed": "ご本人の確認に失敗しました",
        "password.changed": "自分のパスワードを変えました",
        "second_factor.used": "二つ目の確認を使いました",
        "second_factor.added": "二つ目の確認の方法を加えました",
        "second_factor.removed": "二つ目の確認の方法を外しました",
        "second_factor.reset": "二つ目の確認の予備コードを作り直しました",
        "second_factor.failed": "二つ目の確認に失敗しました",
        "token.issued": "プログラム用のAPIトークンを作りました",
        "token.revoked": "プログラム用のAPIトークンを無効にしました",
        "member.added": "{person}を職員として登録しました",
        "member.roles_changed": "{person}の役割を変えました",
        "member.ended": "{person}の利用を終わりにしました",
        "guest.invited": "{person}を関係機関の利用者として招きました",
        "guest.pledged": "守秘の誓約に署名しました",
        "guest.ended": "{person}の関係機関としての利用を終わりにしました",
        "approval.asked": "{whose}ことで、もう一人の承認を求めました",
        "approval.approved": "求められた承認をしました",
        "approval.declined": "求められた承認を断りました",
        "approval.void": "求められた承認を、新しい事情のため無効にしました",
    }
)
