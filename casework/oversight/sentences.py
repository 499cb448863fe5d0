"""How reviewing reads in the trail."""

from audit import sentences

sentences.register(
    {
        "evidence.read": "閲覧の記録を{channel}見ました",
        "alert.listed": "閲覧の確認の一覧を見ました",
        "alert.read": "閲覧の確認を{channel}開きました",
        "alert.raised": "{person}の閲覧に、確かめたほうがよいものを見つけました",
        "alert.reviewed": "{person}の閲覧を確認し、結果を記録しました",
        "alert.reassigned": "閲覧の確認を、別の人に割り当てました",
        "declaration.made": "自分と家族のことを自己申告しました",
    }
)
sentences.register_purposes({"review": "閲覧の確認のために", "own": "自分のこととして"})
