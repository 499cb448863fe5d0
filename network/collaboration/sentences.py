"""How referrals and shares read in the trail."""

from audit import sentences

sentences.register(
    {
        "referral.made": "{whose}つなぎを記録しました",
        "referral.answered": "{whose}つなぎ先の返事を記録しました",
        "referral.shared": "{whose}情報を、関係機関に共有しました",
        "referral.share_ended": "{whose}情報の共有を終わりにしました",
        "referral.share_paused": "{whose}情報の共有を、保護のため止めました",
        "referral.share_resumed": "{whose}止まっていた共有を再開しました",
        "referral.refused": "{whose}つなぎの内容を開こうとして、断られました",
        "grants.listed": "自分に共有されているものの一覧を見ました",
    }
)
sentences.register_purposes({"shared": "つなぎ先として", "referral": "つなぎのために"})
