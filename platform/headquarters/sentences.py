"""How handing over figures, and reading them, reads in the trail."""

from audit import sentences

sentences.register(
    {
        "release.made": "本部へ月の件数を渡しました",
        "overdue_reviews.read": "閲覧の確認の遅れを件数で見ました",
        "release.read": "公表された件数を見ました",
    }
)
