"""How what happens at the door reads in the trail."""

from audit import sentences

sentences.register(
    {
        "page.forbidden": "許されていない操作をしようとして、断られました",
        "record.read": "{whose}{fields}を、{purpose}{channel}見ました",
        "record.refused": "{whose}記録を開こうとして、断られました",
        "record.searched": "{fields}で人を探しました（{hits}）",
        "record.computed": "{whose}{fields}を、数えるためや確かめるために計算に使いました",
    }
)
sentences.register_purposes({"support": "支援のために", "supervision": "監督のために"})
