"""How exports and papers read in the trail."""

from audit import sentences

sentences.register(
    {
        "export.asked": "{whose}書き出しを{purpose}頼みました",
        "export.handed_over": "{whose}情報を{purpose}ファイルに書き出しました",
        "export.printed": "{whose}書類を{purpose}印刷用に出しました",
    }
)
sentences.register_purposes(
    {
        "client": "ご本人に渡すために",
        "meeting": "支援調整会議のために",
        "municipality": "自治体への報告のために",
        "handover": "引き継ぎのために",
        "check": "進み具合を確かめるために",
        "inspection": "監査・指導のために",
    }
)
