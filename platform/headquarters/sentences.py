"""How handing over figures, and reading them, reads in the trail."""

from audit import sentences

sentences.register(
    {
        "release.made": "本部へ月の件数を渡しました",
        "release.read": "公表された件数を見ました",
    }
)
