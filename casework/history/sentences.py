"""How taking in a centre's past reads in the trail."""

from audit import sentences

sentences.register(
    {
        "history.imported": "過去の記録を取り込みました",
    }
)
