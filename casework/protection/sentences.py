"""How the actions of a protection read in the trail."""

from audit import sentences

sentences.register(
    {
        "protection.opened": "{whose}伏せてある{fields}を{purpose}開きました",
        "protection.begun": "{whose}保護を設定しました",
        "protection.place_added": "{whose}知られてはならない場所を登録しました",
        "protection.place_removed": "{whose}知られてはならない場所を外しました",
        "protection.place_restored": "{whose}外した場所を、知られてはならない場所に戻しました",
        "protection.party_added": "{whose}知られてはならない相手を登録しました",
        "protection.party_ended": "{whose}知られてはならない相手を外しました",
        "protection.party_alike": "{whose}知られてはならない相手かもしれない人が受け付けられたことに気づきました",
        "protection.party_recognised": "{whose}知られてはならない相手が、ここの相談者であることを確かめました",
        "protection.party_told_apart": "{whose}知られてはならない相手とは別の人であることを確かめました",
        "protection.end_asked": "{whose}保護を終える依頼を出しました",
        "protection.end_approved": "{whose}保護を終えることを承認しました",
        "protection.end_declined": "{whose}保護を終える依頼を断りました",
        "protection.end_overtaken": "{whose}保護を終える依頼が、新しい申出により無効になりました",
        "protection.ended": "{whose}保護が終わりました",
        "protection.both_sides_noticed": "{whose}両方の担当になる職員に気づきました",
        "protection.both_sides_allowed": "{whose}両方の担当を認めました",
    }
)
sentences.register_purposes(
    {
        "contact": "本人への連絡のために",
        "visit": "訪問・同行の手配のために",
        "safety": "安全の確認・緊急の対応のために",
        "procedure": "行政などの手続きのために",
        "check": "登録内容の確認のために",
    }
)
