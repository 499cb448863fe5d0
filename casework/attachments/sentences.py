"""How the actions on a file read in the trail; who opened one reads as who read a record."""

from audit import sentences

sentences.register(
    {
        "file.added": "{whose}ファイルを加えました",
        "file.inspected": "{whose}ファイルを検査しました",
        "file.removed": "{whose}ファイルを一覧から外しました",
    }
)
