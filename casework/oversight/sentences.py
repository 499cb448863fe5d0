"""How reviewing reads in the trail."""

from audit import sentences

sentences.register(
    {
        "evidence.read": "閲覧の記録を{channel}見ました",
    }
)
sentences.register_purposes({"review": "閲覧の確認のために"})
