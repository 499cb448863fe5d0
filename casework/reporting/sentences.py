"""How making a report reads in the trail."""

from audit import sentences

sentences.register(
    {
        "report.made": "月次報告を{channel}作りました",
    }
)
sentences.register_purposes({"report": "月次報告のために", "statistics": "統計のために"})
