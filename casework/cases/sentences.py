"""How the actions on a case file read in the trail."""

from audit import sentences

sentences.register(
    {
        "case.received": "{whose}相談を受け付けました",
        "case.reception_corrected": "{whose}受付の内容を直しました",
        "case.screened": "{whose}スクリーニングを記録しました",
        "case.applied": "{whose}利用申込を記録しました",
        "case.consent_given": "{whose}同意を記録しました",
        "case.consent_withdrawn": "{whose}同意の撤回を記録しました",
        "case.assessed": "{whose}アセスメントを記録しました",
        "case.support_recorded": "{whose}支援経過を記録しました",
        "case.record_revised": "{whose}支援経過の記録を書き直しました",
        "case.outcome_recorded": "{whose}就労・増収を記録しました",
        "case.team_joined": "{whose}支援チームに{person}を加えました",
        "case.team_left": "{whose}支援チームから{person}を外しました",
        "case.handed_over": "{whose}主担当を{person}に引き継ぎました",
        "case.join_asked": "{whose}支援チームに{person}を加える承認を求めました",
        "case.blocked": "{whose}記録を{person}に見せないことにしました",
        "case.block_ended": "{whose}記録を{person}に見せない届け出を解除しました",
        "case.blocked_attempt_seen": "{whose}ケースを見られない職員が開こうとしたことを確かめました",
        "supervision.begun": "{whose}ケースを、監督の目的を選んで開きました",
        "break_glass.asked": "{whose}ケースの緊急閲覧の承認を求めました",
        "break_glass.begun": "{whose}ケースの緊急閲覧を始めました",
        "break_glass.ended": "{whose}ケースの緊急閲覧を終えました",
        "break_glass.reviewed": "{whose}ケースの緊急閲覧が必要だったかを確かめました",
        "case.refused": "{whose}ケースを開こうとして、断られました",
        "emergency_start.begun": "{whose}支援を会議の前に始めました",
        "emergency_start.reported": "{whose}会議前の支援開始を会議に報告しました",
    }
)
