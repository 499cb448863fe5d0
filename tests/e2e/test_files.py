"""A photo of a letter: added, looked at by the worker, opened as its copy, taken out of the list."""

import io
from pathlib import Path

from django.conf import settings
from PIL import Image

from tests.e2e.conftest import Visit
from tests.e2e.people import COUNSELLOR, Furnished
from tests.files.samples import CANARY, photo

WHAT = "家賃の督促状の写真（見本）"


def test_a_photo_is_added_inspected_opened_and_taken_out_again(visit: Visit, furnished: Furnished, tmp_path: Path) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    counsellor.go(furnished.paths["case assessed"])
    counsellor.follow("ファイル")
    counsellor.reads("まだファイルがありません")
    counsellor.check()
    counsellor.type_into("説明", WHAT)
    counsellor.press("加える")
    counsellor.reads("ファイルを選んでください。")
    assert counsellor.field("説明").input_value() == WHAT
    counsellor.check()
    large = tmp_path / "大きな写真.jpg"
    large.write_bytes(bytes(settings.FILE_LARGEST + 1))
    counsellor.field("ファイル").set_input_files(large)
    counsellor.reads("ファイルが大きすぎます。20MB までにしてください。")
    assert (counsellor.field("ファイル").input_value(), counsellor.field("説明").input_value()) == ("", WHAT)
    counsellor.check()
    counsellor.field("ファイル").set_input_files({"name": "督促状.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    counsellor.press("加える")
    counsellor.reads("ファイルを加えました", "督促状.jpg", WHAT)
    ready = counsellor.main.get_by_role("link", name="督促状.jpg").first
    counsellor.main.get_by_text("使えます").first.wait_for()  # by itself
    assert ready.get_attribute("href")
    counsellor.reads("使えます", "検査プログラムなし（写しだけ使えます）")
    counsellor.check()
    copy = counsellor.download("開く（督促状.jpg）")
    assert Image.open(io.BytesIO(copy)).size == (20, 40)  # stands upright
    assert CANARY.encode() not in copy
    counsellor.follow("外す（督促状.jpg）")
    counsellor.check()
    counsellor.choose("もう要らない")
    counsellor.press("外す")
    counsellor.reads("ファイルを一覧から外しました", "まだファイルがありません")
