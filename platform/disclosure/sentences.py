"""How what happens at the door reads in the trail."""

from audit import sentences

sentences.register(
    {
        "page.forbidden": "許されていない操作をしようとして、断られました",
        "record.read": "{whose}{fields}を、{purpose}{channel}見ました",
        "record.refused": "{whose}記録を開こうとして、断られました",
        "record.searched": "{fields}で人を探しました（{hits}）",
        "record.sifted": "{fields}を、規則によってひととおり見比べました（だれにも見せていません）",
        "record.computed": "{whose}{fields}を、数えるためや確かめるために計算に使いました",
        "seal.broken": "記録の封が壊れているのを見つけて、開きませんでした",
        "key.root_rotated": "ルート鍵を替えました",
        "key.centre_rotated": "センターの鍵を替えました",
        "key.client_rotation_begun": "{whose}鍵を新しくし始めました",
        "key.client_rotated": "{whose}鍵を新しくし、記録を封じ直しました",
        "key.erasures_replayed": "消去の台帳をもう一度実行しました",
        "centre.erasing": "センターの鍵の破棄を始めました",
        "key.swept": "持ち主のいない鍵を片づけました",
    }
)
sentences.register_purposes({"support": "支援のために", "supervision": "監督のために"})
