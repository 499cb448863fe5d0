"""How erasing reads in the trail."""

from audit import sentences

sentences.register(
    {
        "client.erasure_asked": "{whose}記録の消去を求めました",
        "client.erasure_approved": "{whose}記録の消去を認めました",
        "client.erased": "{whose}記録の鍵を破棄し、読めなくしました",
        "client.erasure_held": "{whose}記録の消去を保留にしました",
        "client.erasure_hold_lifted": "{whose}記録の消去の保留を解きました",
    }
)
