"""How reviewing reads in the trail."""

from audit import sentences

sentences.register(
    {
        "evidence.read": "閲覧の記録を{channel}見ました",
        "evidence.counted": "閲覧の数を図で見ました",
        "alert.listed": "閲覧の確認の一覧を見ました",
        "alert.read": "閲覧の確認を{channel}開きました",
        "alert.raised": "{person}の閲覧に、確かめたほうがよいものを見つけました",
        "alert.reviewed": "{person}の閲覧を確認し、結果を記録しました",
        "alert.reassigned": "閲覧の確認を、別の人に割り当てました",
        "who_read.shown": "{whose}記録をだれが見たかを{channel}調べました",
        "who_read.asked": "{whose}記録をだれが見たかの紙を、本人の求めで依頼しました",
        "who_read.request_read": "「だれが見たか」の紙の依頼を{channel}見ました",
        "who_read.approved": "{whose}「だれが見たか」の紙を渡すことを承認しました",
        "who_read.printed": "「だれが見たか」の紙を{channel}作りました",
        "declaration.made": "自分と家族のことを自己申告しました",
    }
)
sentences.register_purposes({"review": "閲覧の確認のために", "own": "自分のこととして", "who_read": "本人に渡すために"})
