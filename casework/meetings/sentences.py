"""How the actions of 支援調整会議 read in the trail."""

from audit import sentences

sentences.register(
    {
        "meeting.called": "支援調整会議を設けました",
        "meeting.held": "支援調整会議を終えました",
        "meeting.plan_decided": "{whose}プランについての会議の決定を記録しました",
        "meeting.evaluation_reviewed": "{whose}評価についての会議の話し合いを記録しました",
        "meeting.start_reported": "{whose}会議前の支援開始を会議で報告しました",
    }
)
sentences.register_purposes({"meeting": "支援調整会議のために"})
