"""How the actions on a plan read in the trail."""

from audit import sentences

sentences.register(
    {
        "plan.made": "{whose}プランを作りました",
        "plan.revised": "{whose}プランを書き直しました",
        "plan.agreed": "{whose}プランへの本人の同意を記録しました",
        "plan.decided": "{whose}プランの支援決定・確認を記録しました",
        "plan.monitored": "{whose}モニタリングを記録しました",
        "plan.evaluated": "{whose}プランの評価を記録しました",
        "plan.withdrawn": "{whose}プランを取りやめました",
        "plan.refused": "{whose}プランを開こうとして、断られました",
        "case.closed": "{whose}ケースを終結しました",
    }
)
