"""Why a file could not be read or written, in words for whoever gave its name."""

import errno

REASONS = {
    errno.ENOENT: "その場所にありません。",
    errno.EISDIR: "ファイルではなくフォルダーです。",
    errno.ENOTDIR: "途中の名前がフォルダーではありません。",
    errno.EACCES: "権限がありません。",
    errno.EROFS: "書き込めない場所です。",
    errno.ENOSPC: "空きがありません。",
    errno.ENAMETOOLONG: "名前が長すぎます。",
}


def why(error: OSError) -> str:
    return REASONS.get(error.errno or 0, error.strerror or "わかりません。")
